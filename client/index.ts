export { type Client, createClient } from './create-client.ts';
export { type Problem, ProblemError, UnreachableError } from './errors.ts';
export type { ClientOptions, Retry } from './settings.ts';
export type { Answer, Asked, CallOptions, Item, PagedEndpoint, Request } from './types.ts';
