import type * as z from 'zod/mini';
import type { AnswerOf, BodyInput, EndpointName, StatusOf } from './endpoints.ts';
import type { Parameter, RequestHeader } from './parameters.docs.ts';

/** The headings under which the OpenAPI document groups the operations. */
export const TAGS = {
  products: 'Products: the things that are sold, and what a SKU of a shop delivers.',
  orders: 'Orders: what the ERP sold, each with the ticket that its customer gets.',
  licenses: 'Licenses: what support sees of them, and the vendor actions on them.',
  containers: 'Containers: where licenses live on the customers’ machines, and what is pending for them.',
  depot: 'The user’s side. It needs no account: the ticket code and the container’s signature are the proof.',
  webhooks: 'Webhooks that come in: from the ERP, or from a shop.',
  events: 'Events that go out: every entry of a history, sent to the vendor’s own endpoints.',
  tokens: 'The vendor’s tokens and their scopes.',
  public: 'What needs no token.',
} as const;
export type Tag = keyof typeof TAGS;

/** What the OpenAPI document says about one endpoint beyond its contract. */
export interface EndpointDocs<Name extends EndpointName> {
  readonly tag: Tag;
  /** Imperative, a few words. */
  readonly summary: string;
  /** Markdown. */
  readonly description: string;
  /** Parameters that `parameters.docs.ts` does not describe, or describes for other endpoints. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Headers that the endpoint reads, beside `Idempotency-Key`. */
  readonly requestHeaders?: readonly RequestHeader[];
  readonly request?: RequestDocs<Name>;
  /** An example of each answer. */
  readonly answers: { readonly [Status in StatusOf<Name>]: AnswerOf<Name, Status> };
  /** Headers that an answer with this status always has. */
  readonly headers?: { readonly [Status in StatusOf<Name>]?: readonly AnswerHeader[] };
  /** Headers that an answer with this status may have. */
  readonly optionalHeaders?: { readonly [Status in StatusOf<Name>]?: readonly AnswerHeader[] };
  /** The media type of an answer that is not JSON. */
  readonly mediaType?: string;
}

export interface RequestDocs<Name extends EndpointName> {
  readonly example: BodyInput<Name>;
  /** The schema of a raw body. */
  readonly schema?: z.ZodMiniType;
}

export type AnswerHeader = 'etag' | 'link' | 'location' | 'retry-after';
/** Sent to every caller with a token, unless the token has no limit. */
export type RateLimitHeader = 'ratelimit' | 'ratelimit-policy';

export type DocsOf<Name extends EndpointName> = { readonly [Key in Name]: EndpointDocs<Key> };
