import type * as z from 'zod/mini';
import { BULK_ORDERS } from './bulk-orders.ts';
import { CONTAINERS } from './containers.ts';
import { DEPOT } from './depot.ts';
import type { Endpoint } from './endpoint.ts';
import { EVENTS } from './events.ts';
import { KEY_SETS } from './key-sets.ts';
import { KEYS } from './keys.ts';
import { LICENSES } from './licenses.ts';
import { ORDERS } from './orders.ts';
import { PRODUCTS } from './products.ts';
import { PUBLIC } from './public.ts';
import { SKU_MAPPINGS } from './sku-mappings.ts';
import { TOKENS } from './tokens.ts';
import { WEBHOOKS } from './webhooks.ts';

/** Every endpoint of the API, by name. */
export const CONTRACT = {
  ...PRODUCTS,
  ...SKU_MAPPINGS,
  ...ORDERS,
  ...LICENSES,
  ...BULK_ORDERS,
  ...CONTAINERS,
  ...WEBHOOKS,
  ...EVENTS,
  ...TOKENS,
  ...KEY_SETS,
  ...DEPOT,
  ...KEYS,
  ...PUBLIC,
} as const;

export type Contract = typeof CONTRACT;
export type EndpointName = keyof Contract;

export interface NamedEndpoint extends Endpoint {
  readonly name: EndpointName;
}

/** Every endpoint as a list, in the order of the OpenAPI document. */
export const ENDPOINTS: readonly NamedEndpoint[] = Object.entries<Endpoint>(CONTRACT).map(([name, endpoint]) => ({
  ...endpoint,
  name: name as EndpointName,
}));

/** The body of a request as a caller writes it. */
export type BodyInput<Name extends EndpointName> = Contract[Name] extends {
  readonly request: { readonly body: infer Schema extends z.ZodMiniType };
}
  ? z.input<Schema>
  : Record<string, never>;

/** The statuses of an endpoint's successful answers. */
export type StatusOf<Name extends EndpointName> = keyof Contract[Name]['answers'];

/** An endpoint's successful answer, with one status or with any. */
export type AnswerOf<
  Name extends EndpointName,
  Status extends StatusOf<Name> = StatusOf<Name>,
> = Contract[Name]['answers'][Status] extends infer Schema
  ? Schema extends z.ZodMiniType
    ? DeepReadonly<z.infer<Schema>>
    : never
  : never;

/** A type all of whose members are readonly, at every depth. */
export type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;
