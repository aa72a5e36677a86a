import type * as z from 'zod/mini';
import type { ANSWERS, AnswerOf } from '../../../contract/answers.ts';
import type { EndpointName } from '../../../contract/endpoints.ts';
import type { ProblemCode } from '../../../contract/problems.ts';
import type { REQUESTS } from '../../../contract/requests.ts';
import type { Parameter, RequestHeader } from '../parameters.ts';

/** The headings under which the document groups the operations. */
export const TAGS = {
  products: 'Products: the things that are sold, and what a SKU of a shop delivers.',
  orders: 'Orders: what the ERP sold, each with the ticket that its customer gets.',
  licenses: 'Licenses: what support sees of them, and the orders to withdraw or replace one.',
  containers: 'Containers: where licenses live on the customers’ machines, and what is pending for them.',
  depot: 'The user’s side: no account, the ticket code and the container’s signature are the proof.',
  webhooks: 'Webhooks that come in: from the ERP, or from a shop.',
  events: 'Events that go out: every entry of a history, sent to the vendor’s own endpoints.',
  tokens: 'The vendor’s tokens and their scopes.',
  public: 'What anybody may read.',
} as const;
export type Tag = keyof typeof TAGS;

/** What the document says of one endpoint that its schemas do not say. */
export interface EndpointDocs<Name extends EndpointName> {
  readonly tag: Tag;
  /** Imperative, a few words. */
  readonly summary: string;
  /** Markdown. */
  readonly description: string;
  /** The codes that it can be refused with, beside those that every endpoint of its kind has (`endpoint-problems.ts`). */
  readonly problems: readonly ProblemCode[];
  /** Parameters for which `parameters.ts` says something else, or nothing. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Headers that it reads, beside `Idempotency-Key`. */
  readonly requestHeaders?: readonly RequestHeader[];
  readonly request?: RequestBody<Name>;
  /** An example of each answer. */
  readonly answers: { readonly [Status in keyof (typeof ANSWERS)[Name]]: AnswerOf<Name, Status> };
  /** Headers that an answer with this status always has. */
  readonly headers?: { readonly [Status in keyof (typeof ANSWERS)[Name]]?: readonly AnswerHeader[] };
  /** Headers that an answer with this status may have. */
  readonly optionalHeaders?: { readonly [Status in keyof (typeof ANSWERS)[Name]]?: readonly AnswerHeader[] };
  /** The media type of an answer that is no JSON. */
  readonly mediaType?: string;
}

export interface RequestBody<Name extends EndpointName> {
  readonly example: z.input<(typeof REQUESTS)[Name]['body']>;
  /** The schema of a body that is handed on as it came. */
  readonly schema?: z.ZodMiniType;
}

export type AnswerHeader = 'etag' | 'link' | 'location' | 'retry-after';
/** Told to every caller with a token, unless the token has no limit. */
export type RateLimitHeader = 'ratelimit' | 'ratelimit-policy';

export type DocsOf<Name extends EndpointName> = { readonly [Key in Name]: EndpointDocs<Key> };
