import * as z from 'zod/mini';

/** Schemas of the members of the API's answers that the demo reads. Other members are ignored. */

const state = z.enum([
  'available',
  'collected-without-receipt',
  'confirmed-collected',
  'returned-without-receipt',
  'withdrawn',
  'replaced',
]);
export type State = z.infer<typeof state>;

const terms = z.object({ quantity: z.optional(z.number()), features: z.optional(z.array(z.string())) });

const pending = z.object({ action: z.enum(['withdraw', 'replace', 'assign']), container: z.string() });

export const license = z.object({
  id: z.string(),
  product: z.string(),
  terms,
  state,
  container: z.optional(z.string()),
  pending: z.optional(pending),
  predecessor: z.optional(z.string()),
  successor: z.optional(z.string()),
});
export type License = z.infer<typeof license>;

export const order = z.object({ orderId: z.string(), ticket: z.string(), licenses: z.array(license) });

export const ticket = z.object({ code: z.string(), licenses: z.array(license) });

export const withdrawal = z.object({ status: z.enum(['withdrawn', 'pending']), container: z.optional(z.string()) });

export const replacement = z.object({ status: z.enum(['replaced', 'pending']), license });

const conflict = z.object({
  action: z.string(),
  license: z.string(),
  reason: z.string(),
  because: z.optional(z.array(z.string())),
});

export const reprogramming = z.object({
  id: z.string(),
  status: z.enum(['planned', 'issued', 'confirmed', 'unchanged', 'previewed']),
  executed: z.object({
    withdraw: z.array(z.string()),
    deactivate: z.array(z.string()),
    assign: z.array(z.string()),
    replace: z.array(z.object({ old: z.string(), new: z.string() })),
    activate: z.array(z.string()),
  }),
  dropped: z.array(conflict),
  updates: z.array(z.unknown()),
});
export type Reprogramming = z.infer<typeof reprogramming>;

export const receipt = z.object({ status: z.literal('confirmed') });

export const container = z.object({
  serial: z.string(),
  counter: z.int(),
  digest: z.string(),
  status: z.enum(['active', 'retired']),
  licenses: z.array(z.string()),
  pending: z.array(z.unknown()),
  outstanding: z.array(z.string()),
});

export const autoUpdates = z.object({
  items: z.array(z.object({ action: z.string(), license: z.string(), replacement: z.optional(z.string()) })),
});

export const problem = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  dependents: z.optional(z.array(z.string())),
  divergence: z.optional(z.string()),
});

const event = z.object({
  id: z.string(),
  type: z.string(),
  at: z.string(),
  actor: z.string(),
  license: z.optional(z.string()),
  container: z.optional(z.string()),
  counter: z.optional(z.int()),
  step: z.optional(z.string()),
  reason: z.optional(z.string()),
});
export type HistoryEvent = z.infer<typeof event>;

export const history = z.object({ items: z.array(event), cursor: z.optional(z.string()) });
