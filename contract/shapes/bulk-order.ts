import * as z from 'zod/mini';
import { count, generatedId, licenseId, productCode, reason, serial, text, ticketCode, time } from './forms.ts';
import { author } from './history.ts';
import { terms } from './license.ts';

const state = z.enum(['available', 'collected-without-receipt', 'confirmed-collected', 'returned-without-receipt']);

const query = z.strictObject({
  customer: z.exactOptional(text),
  orderId: z.exactOptional(text),
  product: z.exactOptional(productCode),
  ticket: z.exactOptional(text),
  container: z.exactOptional(serial),
  state: z.exactOptional(state),
  pending: z.exactOptional(z.enum(['withdraw', 'replace', 'assign'])),
  expiresBefore: z.exactOptional(time),
});

/** How many licenses are selected, and how many of them have come to what. */
const progress = z.strictObject({
  selected: count,
  open: count,
  withdrawn: count,
  replaced: count,
  pending: count,
  refused: count,
});

export const bulkOrder = z.strictObject({
  id: generatedId,
  action: z.enum(['withdraw', 'replace']),
  query,
  replacement: z.exactOptional(
    z.strictObject({
      product: z.exactOptional(productCode),
      terms: z.exactOptional(terms),
      changes: z.exactOptional(terms),
    }),
  ),
  reason,
  preview: z.boolean(),
  by: z.exactOptional(author),
  status: z.enum(['selecting', 'ordering', 'done', 'stopped', 'refused']),
  progress,
  /** Selected licenses by the state that they were in. */
  states: z.record(text, count),
  /** Containers that the licenses stood in, as far as it has come. */
  containers: count,
  /** Refused licenses by the code of their problem. */
  refusals: z.record(text, count),
  /** Why the bulk order as a whole came to nothing. */
  problem: z.exactOptional(z.strictObject({ code: text, detail: text })),
  createdAt: time,
  selectedAt: z.exactOptional(time),
  stopAskedAt: z.exactOptional(time),
  endedAt: z.exactOptional(time),
});

const selected = {
  license: licenseId,
  orderId: text,
  ticket: ticketCode,
  product: productCode,
  /** What it was in when it was selected. */
  state,
  /** Where the order is pending; otherwise where the license stood when it was selected. */
  container: z.exactOptional(serial),
};

/** A line of the report: one license, and what has come of it. */
export const bulkLicense = z.discriminatedUnion('outcome', [
  z.strictObject({ ...selected, outcome: z.literal('open') }),
  z.strictObject({ ...selected, outcome: z.literal('withdrawn') }),
  /** A preview has no replacement to name. */
  z.strictObject({ ...selected, outcome: z.literal('replaced'), replacement: z.exactOptional(licenseId) }),
  z.strictObject({
    ...selected,
    outcome: z.literal('pending'),
    container: serial,
    replacement: z.exactOptional(licenseId),
  }),
  z.strictObject({
    ...selected,
    outcome: z.literal('refused'),
    problem: z.strictObject({
      type: text,
      code: text,
      detail: text,
      dependents: z.exactOptional(z.array(licenseId)),
      moreDependents: z.exactOptional(count),
    }),
  }),
]);
