import type { Endpoint, Endpoints, RequestOf } from '../../../contract/endpoint.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Caller } from './caller.ts';

/** The answer of an operation: `body` becomes JSON; `text` is sent unchanged, with the type in its headers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, body, headers };
}

/** A parsed request with its caller. */
export interface ApiRequest<Of extends Endpoint> extends RequestOf<Of> {
  /** Absent if the endpoint needs no token. */
  readonly caller?: Caller;
  readonly attempt: Attempt;
}

/** Serves one endpoint. */
export type Operation<Of extends Endpoint> = (request: ApiRequest<Of>, dependencies: Dependencies) => Promise<Answer>;

/** An operation for each endpoint of a contract. */
export type OperationsOf<Contract extends Endpoints> = { readonly [Name in keyof Contract]: Operation<Contract[Name]> };
