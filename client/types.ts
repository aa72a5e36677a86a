import type { RequestOf } from '../contract/endpoint.ts';
import type { AnswerOf, BodyInput, Contract, EndpointName } from '../contract/endpoints.ts';

/** A successful answer of an endpoint, with any status. Later versions can add members. */
export type Answer<Name extends EndpointName> = AnswerOf<Name>;

type Part = 'params' | 'query' | 'body';

/** A part of a request, or `never` if the endpoint does not declare it. */
type DeclaredPart<Value> = Value extends string ? Value : string extends keyof Value ? never : Value;
type PartsOf<Name extends EndpointName> = {
  readonly [Key in Part as DeclaredPart<RequestOf<Contract[Name]>[Key]> extends never ? never : Key]: Key extends 'body'
    ? BodyInput<Name>
    : RequestOf<Contract[Name]>[Key];
};
type Optional<Value> = Value extends string ? false : Record<never, never> extends Value ? true : false;
/** A part without required members is optional. */
type OptionalParts<Parts> = {
  readonly [Key in keyof Parts as Optional<Parts[Key]> extends true ? never : Key]: Parts[Key];
} & {
  readonly [Key in keyof Parts as Optional<Parts[Key]> extends true ? Key : never]?: Parts[Key];
};

/** The request to an endpoint: those of `params`, `query` and `body` that it has. */
export type Request<Name extends EndpointName> = OptionalParts<PartsOf<Name>>;

/** Options of one request. */
export interface CallOptions {
  /** Ends the request, and its retries, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds that the server waits for the result, at most 10 (RFC 7240, `Prefer: wait`). */
  readonly waitSeconds?: number | undefined;
  /** The `Idempotency-Key` of a POST. Default: a new key. With the same key, the server executes a repeated request once. */
  readonly idempotencyKey?: string | undefined;
  /** Changes the resource only if it has this entity tag (RFC 9110), which is in an answer's `etag` header. */
  readonly ifMatch?: string | undefined;
  /** `*` creates the resource only if it does not exist. */
  readonly ifNoneMatch?: '*' | undefined;
  /** Further headers, such as the signature of a webhook. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Called with the status and headers of a successful answer, before its body is returned. */
  readonly onAnswer?: ((answer: { readonly status: number; readonly headers: Headers }) => void) | undefined;
}

/** The arguments of a call. The request is optional if it has no required part. */
export type RequestArguments<Name extends EndpointName> =
  Record<never, never> extends Request<Name>
    ? [request?: Request<Name>, options?: CallOptions]
    : [request: Request<Name>, options?: CallOptions];

/** The endpoints whose answer is a page of a list. */
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
