import * as z from 'zod/mini';
import { UNIT_OUTCOMES } from '../../domain/order-revision.ts';
import type { Dependencies } from '../dependencies.ts';
import { compressJson, decompressJson } from './compression.ts';
import { author, licenseContent } from './item-schemas.ts';
import { orderRevisionKey } from './keys.ts';
import { customer, orderItem } from './order-item.ts';
import { getItem } from './queries.ts';
import { put, putNew, remove, type Write } from './transactions.ts';

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

const plannedUnit = z.object({
  index: z.int(),
  outcome: z.enum(UNIT_OUTCOMES),
  /** The old license, and the container that it is in. */
  license: z.exactOptional(z.string()),
  container: z.exactOptional(z.string()),
  discard: z.exactOptional(z.string()),
  fresh: z.exactOptional(
    z.object({
      ...licenseContent.shape,
      predecessor: z.exactOptional(z.string()),
      test: z.exactOptional(z.literal(true)),
    }),
  ),
  effectiveBy: z.exactOptional(z.string()),
});
/** What a large revision changes in one license. */
export type StoredUnit = z.infer<typeof plannedUnit>;

const content = z.object({ customer, items: z.array(orderItem) });

const revisionItem = z.object({
  number: z.int(),
  at: z.string(),
  /** The webhook that ordered the revision. */
  webhook: z.exactOptional(z.string()),
  before: content,
  after: content,
  units: z.array(revisedUnit),
  /** Of a revision that is larger than a transaction: what it changes, until it is carried out. */
  plan: z.exactOptional(
    z.object({
      actor: z.exactOptional(author),
      unitsMade: z.int(),
      serials: z.array(z.string()),
      units: z.array(plannedUnit),
    }),
  ),
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

/** Writes the revision again without its plan, which is carried out. */
export function putFinishedRevision(
  dependencies: Dependencies,
  orderId: string,
  { number, at, webhook, plan: _, ...large }: OrderRevision,
): Write {
  const item = { number, at, ...(webhook === undefined ? {} : { webhook }), packed: compressJson(large) };
  return put(dependencies, orderRevisionKey(orderId, number), item);
}

export function removeOrderRevision(dependencies: Dependencies, orderId: string, number: number): Write {
  return remove(dependencies, orderRevisionKey(orderId, number));
}
