import type { Endpoint, Endpoints, RequestOf } from '../../contract/endpoint.ts';
import type { Attempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from './authentication/caller.ts';

/** What an operation answers: `body` becomes JSON; `text` is sent as it is, with the type that its headers name. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, body, headers };
}

/** A request as an operation gets it: parsed, and with what the routing found out about the caller. */
export interface ApiRequest<Of extends Endpoint> extends RequestOf<Of> {
  /** Absent where an endpoint needs no token. */
  readonly caller?: Caller;
  readonly attempt: Attempt;
}

/** One endpoint's work: parsed request in, answer out. */
export type Operation<Of extends Endpoint> = (request: ApiRequest<Of>, dependencies: Dependencies) => Promise<Answer>;

/** An operation for each endpoint of a contract. */
export type OperationsOf<Contract extends Endpoints> = { readonly [Name in keyof Contract]: Operation<Contract[Name]> };
