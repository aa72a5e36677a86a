import type { BulkLicense } from '../../store/bulk-license-item.ts';
import type { BulkOrder } from '../../store/bulk-order-item.ts';

type Counts = BulkOrder['outcomes'];

export function plus(counts: Counts, name: string): Counts {
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}

/** The bulk order with these licenses counted, of which each has its result. All licenses of a container are among them. */
export function counting(order: BulkOrder, rows: readonly BulkLicense[]): BulkOrder {
  let { outcomes, refusals } = order;
  const containers = new Set<string>();
  for (const row of rows) {
    outcomes = plus(outcomes, row.outcome);
    if (row.outcome === 'refused') refusals = plus(refusals, row.problem.code);
    if (row.container !== undefined) containers.add(row.container);
  }
  return { ...order, outcomes, refusals, containers: order.containers + containers.size };
}

/** Licenses that have been counted with their result. */
export function addCount({ outcomes }: BulkOrder): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}
