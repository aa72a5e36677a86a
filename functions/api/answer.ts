import type { EndpointName } from '../../contract/endpoints.ts';
import type { RequestOf } from '../../contract/requests.ts';
import type { Attempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from './authentication/caller.ts';

/** What an operation answers: `body` becomes JSON, `text` goes out as it is, with the type that its headers name. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  body,
  headers,
});

/** A request as an operation gets it: parsed, and with what the routing found out about the caller. */
export interface ApiRequest<Name extends EndpointName> extends RequestOf<Name> {
  /** Absent where an endpoint needs no token. */
  readonly caller?: Caller;
  readonly attempt: Attempt;
}

/** One endpoint's work: parsed request in, answer out. */
export type Operation<Name extends EndpointName> = (
  request: ApiRequest<Name>,
  dependencies: Dependencies,
) => Promise<Answer>;

export type Operations<Name extends EndpointName> = { readonly [Key in Name]: Operation<Key> };
