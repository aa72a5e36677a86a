import * as z from 'zod/mini';
import { UNIT_OUTCOMES } from '../../domain/order-revision.ts';
import type { Dependencies } from '../dependencies.ts';
import { compressJson, decompressJson } from './compression.ts';
import { orderRevisionKey } from './keys.ts';
import { customer, orderItem } from './order-item.ts';
import { getItem } from './queries.ts';
import { putNew, type Write } from './transactions.ts';

const revisedUnit = z.object({
  /** Of the new order; of the old one for a withdrawn unit. */
  index: z.int(),
  outcome: z.enum(UNIT_OUTCOMES),
  pending: z.exactOptional(z.literal(true)),
  license: z.string(),
  successor: z.exactOptional(z.string()),
});
/** What a revision did with one unit of its order. */
export type RevisedUnit = z.infer<typeof revisedUnit>;

const content = z.object({ customer, items: z.array(orderItem) });

const revisionItem = z.object({
  number: z.int(),
  at: z.string(),
  /** The webhook that ordered the revision. */
  webhook: z.exactOptional(z.string()),
  before: content,
  after: content,
  units: z.array(revisedUnit),
});
/** A revision of an order: both bodies, and the outcome of each unit. */
export type OrderRevision = z.infer<typeof revisionItem>;

export async function getOrderRevision(
  dependencies: Dependencies,
  orderId: string,
  number: number,
): Promise<OrderRevision | undefined> {
  const item = await getItem(dependencies, orderRevisionKey(orderId, number));
  return item === undefined ? undefined : revisionItem.parse({ ...item, ...unpacked(item['packed']) });
}

function unpacked(packed: unknown): object {
  return decompressJson(packed) as object;
}

export function putOrderRevision(
  dependencies: Dependencies,
  orderId: string,
  { number, at, webhook, ...large }: OrderRevision,
): Write {
  const item = { number, at, ...(webhook === undefined ? {} : { webhook }), packed: compressJson(large) };
  return putNew(dependencies, orderRevisionKey(orderId, number), item);
}
