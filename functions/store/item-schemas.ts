import * as z from 'zod/mini';

/** The shapes that several kinds of items share. */

export const terms = z.object({
  expiresAt: z.optional(z.string()),
  maintenanceUntil: z.optional(z.string()),
  quantity: z.optional(z.number()),
  features: z.optional(z.array(z.string())),
});

export const licenseContent = z.object({
  id: z.string(),
  product: z.string(),
  terms,
  requires: z.array(z.string()),
});

export const ticketLicense = z.object({ ...licenseContent.shape, ticket: z.string(), orderId: z.string() });

export const reason = z.optional(z.string());

export const earmark = z.object({
  action: z.enum(['withdraw', 'replace']),
  replacement: z.optional(z.string()),
  orderedAt: z.string(),
  reason,
});

/** In whose name the vendor acted. */
export const author = z.object({
  kind: z.enum(['token', 'person', 'webhook']),
  id: z.string(),
  name: z.optional(z.string()),
});

export const position = z.object({ counter: z.int(), digest: z.string() });

/** An optional member that is parsed is absent, never `undefined`: that is what a stored item can say. */
export type Exact<Value> = Value extends readonly (infer Item)[]
  ? Exact<Item>[]
  : Value extends object
    ? { [Key in keyof Value]: undefined extends Value[Key] ? Exact<Exclude<Value[Key], undefined>> : Exact<Value[Key]> }
    : Value;

/** Parsing leaves absent members out; this tells the compiler so. */
export function exact<Value>(value: Value): Exact<Value> {
  return value as Exact<Value>;
}
