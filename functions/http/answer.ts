import type { EndpointName } from '../endpoints.ts';
import type { Runtime } from '../ports.ts';
import type { RequestOf } from '../schemas/requests.ts';

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

/** One endpoint's work: parsed request in, answer out. */
export type Operation<Name extends EndpointName> = (request: RequestOf<Name>, runtime: Runtime) => Promise<Answer>;

export type Operations<Name extends EndpointName> = { readonly [Key in Name]: Operation<Key> };
