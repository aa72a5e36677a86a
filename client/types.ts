import type { RequestOf } from '../contract/endpoint.ts';
import type { AnswerOf, Contract, EndpointName } from '../contract/endpoints.ts';

/** What an endpoint answers when all goes well, whatever its status. More members may be added. */
export type Answer<Name extends EndpointName> = AnswerOf<Name>;

type Part = 'params' | 'query' | 'body';

/** The members that a part of a request has; those of an empty one are no names. */
type Known<Value> = Value extends string ? Value : string extends keyof Value ? never : Value;
type PartsOf<Name extends EndpointName> = {
  readonly [Key in Part as Known<RequestOf<Contract[Name]>[Key]> extends never ? never : Key]: RequestOf<
    Contract[Name]
  >[Key];
};
type Optional<Value> = Value extends string ? false : Record<never, never> extends Value ? true : false;
/** A part without any member that must be there can be left out. */
type Relaxed<Parts> = {
  readonly [Key in keyof Parts as Optional<Parts[Key]> extends true ? never : Key]: Parts[Key];
} & {
  readonly [Key in keyof Parts as Optional<Parts[Key]> extends true ? Key : never]?: Parts[Key];
};

/** What an endpoint is asked with: `params` of its path, `query` and `body`, as far as it has them. */
export type Request<Name extends EndpointName> = Relaxed<PartsOf<Name>>;

/** How one request is made. */
export interface CallOptions {
  /** Ends the request, and its retries, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds that the server may wait for what is not there yet (RFC 7240): `Prefer: wait`, 10 at most. */
  readonly waitSeconds?: number | undefined;
  /** The `Idempotency-Key` of a POST; a fresh one unless said. The same key makes a request of another run the same one. */
  readonly idempotencyKey?: string | undefined;
  /** Changes only what still has this entity tag (RFC 9110); an answer's `etag` header tells it. */
  readonly ifMatch?: string | undefined;
  /** Makes only what is not there yet. */
  readonly ifNoneMatch?: '*' | undefined;
  /** Sent on top, such as the signature of a webhook. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Told of the answer that went well, before its body is handed on. */
  readonly onAnswer?: ((answer: { readonly status: number; readonly headers: Headers }) => void) | undefined;
}

/** A request may be left out where nothing in it has to be there. */
export type Asked<Name extends EndpointName> =
  Record<never, never> extends Request<Name>
    ? [request?: Request<Name>, options?: CallOptions]
    : [request: Request<Name>, options?: CallOptions];

/** The endpoints that answer page by page. */
export type PagedEndpoint = {
  [Name in EndpointName]: string extends keyof RequestOf<Contract[Name]>['query']
    ? never
    : 'cursor' extends keyof RequestOf<Contract[Name]>['query']
      ? Name
      : never;
}[EndpointName];

/** One item of a list. */
export type Item<Name extends EndpointName> =
  Answer<Name> extends { readonly items: readonly (infer Each)[] } ? Each : never;
