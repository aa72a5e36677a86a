import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { orderSettlementKey } from './keys.ts';
import { getItem } from './queries.ts';
import { putRevision, type Write } from './transactions.ts';

const settlementItem = z.object({
  /** The number of the order's last revision. */
  number: z.int(),
  /** Whether licenses still wait for their receipts. */
  open: z.boolean(),
  revision: z.int(),
});

/**
 * Whether everything that an order's last revision changed is settled. Each receipt for one of its licenses writes the next
 * revision of this item, so of two receipts at the same time, the later one sees what the earlier one settled.
 */
export type OrderSettlement = z.infer<typeof settlementItem>;

/** @returns `undefined` if no revision of the order has waited for a receipt. */
export async function getSettlement(dependencies: Dependencies, orderId: string): Promise<OrderSettlement | undefined> {
  const item = await getItem(dependencies, orderSettlementKey(orderId));
  return item === undefined ? undefined : settlementItem.parse(item);
}

export function putSettlement(
  dependencies: Dependencies,
  orderId: string,
  { revision, ...item }: OrderSettlement,
): Write {
  return putRevision(dependencies, orderSettlementKey(orderId), item, revision);
}
