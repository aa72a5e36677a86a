import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { lateReceiptKey } from './keys.ts';
import { queryPage } from './queries.ts';
import { put, removeRevision, type Write } from './transactions.ts';

const lateReceiptItem = z.object({
  container: z.string(),
  counter: z.number(),
  reprogramming: z.string(),
  issuedAt: z.string(),
  due: z.string(),
});

/** An update whose execution ended without its receipt. At `due`, the daily run reports it, if the receipt is still missing. */
export type LateReceipt = z.infer<typeof lateReceiptItem>;

/** A repeated task writes the same item again. */
export function putLateReceipt(dependencies: Dependencies, receipt: LateReceipt): Write {
  return put(dependencies, keyOf(receipt), { ...receipt, revision: REVISION });
}

/** Refuses its transaction if another run has removed the item. */
export function removeLateReceipt(dependencies: Dependencies, receipt: LateReceipt): Write {
  return removeRevision(dependencies, keyOf(receipt), REVISION);
}

/** The item never changes. */
const REVISION = 1;

function keyOf({ due, container, counter }: LateReceipt) {
  return lateReceiptKey(due, container, counter);
}

/** At most `limit` of the receipts that are due at `time` or before, the earliest first. */
export async function lateReceiptsAt(
  dependencies: Dependencies,
  time: string,
  limit: number,
): Promise<readonly LateReceipt[]> {
  const { pk, sk } = lateReceiptKey(`${time}~`, '', 0);
  const page = await queryPage(dependencies, { pk, from: 'DUE#', to: sk }, limit, undefined);
  return page.items.map((item) => lateReceiptItem.parse(item));
}
