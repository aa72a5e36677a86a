import type * as z from 'zod/mini';
import type { AnswerOf, BodyInput, EndpointName, StatusOf } from './endpoints.ts';
import type { Parameter, RequestHeader } from './parameters.docs.ts';

/** The headings under which the OpenAPI document groups the operations. */
export const TAGS = {
  products: 'Products, and the products that a SKU of a shop delivers.',
  orders: 'Orders: the sales of the ERP, each with the ticket of its customer.',
  licenses: 'Licenses, and the vendor actions on them.',
  containers: 'Containers: the license containers on the customers’ machines, and their pending vendor actions.',
  depot: 'The user’s side. It needs no account: the ticket code and the container’s signature are the proof.',
  webhooks: 'Incoming webhooks: from the ERP, or from a shop.',
  events: 'Outgoing events: every history entry, sent to the vendor’s own endpoints.',
  tokens: 'The vendor’s tokens and their scopes.',
  keys: 'Key sets: the numbered lists of the keys that may sign updates and leases.',
  public: 'Endpoints that need no token.',
} as const;
export type Tag = keyof typeof TAGS;

/** The part of an endpoint's OpenAPI documentation that its contract does not have. */
export interface EndpointDocs<Name extends EndpointName> {
  readonly tag: Tag;
  /** Imperative, a few words. */
  readonly summary: string;
  /** Markdown. */
  readonly description: string;
  /** Descriptions of parameters that `parameters.docs.ts` does not have, or that differ from those. */
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
