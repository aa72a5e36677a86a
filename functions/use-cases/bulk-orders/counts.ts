import type { BulkLicense } from '../../store/bulk-license-item.ts';
import type { BulkOrder } from '../../store/bulk-order-item.ts';

type Counts = BulkOrder['outcomes'];

/** The counts with one more of this name. */
export function increment(counts: Counts, name: string): Counts {
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}

/** The bulk order with these licenses counted. Each has its result, and all licenses of each container are among them. */
export function countLicenses(order: BulkOrder, rows: readonly BulkLicense[]): BulkOrder {
  let { outcomes, refusals } = order;
  const containers = new Set<string>();
  for (const row of rows) {
    outcomes = increment(outcomes, row.outcome);
    if (row.outcome === 'refused') refusals = increment(refusals, row.problem.code);
    if (row.container !== undefined) containers.add(row.container);
  }
  return { ...order, outcomes, refusals, containers: order.containers + containers.size };
}

/** How many licenses have been counted with their result. */
export function countedLicenses({ outcomes }: BulkOrder): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}
