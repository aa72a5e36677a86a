import * as z from 'zod/mini';
import { count, generatedId, licenseId, productCode, reason, serial, text, ticketCode, time } from './forms.ts';
import { author } from './history.ts';
import { crit, soldTerms } from './license.ts';

const state = z.enum(['available', 'collected-without-receipt', 'confirmed-collected', 'returned-without-receipt']);

const query = z.strictObject({
  customer: z.exactOptional(text),
  orderId: z.exactOptional(text),
  product: z.exactOptional(productCode),
  ticket: z.exactOptional(text),
  container: z.exactOptional(serial),
  state: z.exactOptional(state),
  pending: z.exactOptional(z.enum(['withdraw', 'replace', 'assign', 'renew'])),
  expiresBefore: z.exactOptional(time),
});

/** How many licenses are selected, and how many of them have each outcome. */
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
      terms: z.exactOptional(soldTerms),
      changes: z.exactOptional(soldTerms),
      crit,
    }),
  ),
  reason,
  preview: z.boolean(),
  by: z.exactOptional(author),
  status: z.enum(['selecting', 'ordering', 'done', 'stopped', 'refused']),
  progress,
  /** The number of selected licenses per state that they had. */
  states: z.record(text, count),
  /** The number of containers of the licenses that have an outcome. */
  containers: count,
  /** The number of refused licenses per problem code. */
  refusals: z.record(text, count),
  /** Why the whole bulk order was refused. */
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
  /** The license's state when it was selected. */
  state,
  /** The container for which the action is pending; otherwise the license's container when it was selected. */
  container: z.exactOptional(serial),
  /** The vendor's present name for the container. */
  containerName: z.exactOptional(text),
};

/** A line of the report: one license, with its outcome. */
export const bulkLicense = z.discriminatedUnion('outcome', [
  z.strictObject({ ...selected, outcome: z.literal('open') }),
  z.strictObject({ ...selected, outcome: z.literal('withdrawn') }),
  /** Absent in a preview, which creates no replacement. */
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
