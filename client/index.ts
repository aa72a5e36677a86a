export { type Client, createClient } from './create-client.ts';
export { type Problem, ProblemError, UnreachableError } from './errors.ts';
export type { ClientOptions, Retry } from './settings.ts';
export type { Answer, CallOptions, Item, PagedEndpoint, Request, RequestArguments } from './types.ts';
