import * as z from 'zod/mini';
import { BULK_RUN_WANTED } from '../../contract/table.ts';
import type { Dependencies } from '../dependencies.ts';
import { author, crit, terms } from './item-schemas.ts';
import { BULK_ORDERS_INDEX, bulkOrderKey } from './keys.ts';
import { type Direction, getItem, type Page, pageOfIndexed, type RawItem } from './queries.ts';
import { commit, putRevision, type Write } from './transactions.ts';

const counts = z.record(z.string(), z.int());

const bulkOrderItem = z.object({
  id: z.string(),
  action: z.enum(['withdraw', 'replace']),
  query: z.object({
    customer: z.exactOptional(z.string()),
    orderId: z.exactOptional(z.string()),
    product: z.exactOptional(z.string()),
    ticket: z.exactOptional(z.string()),
    container: z.exactOptional(z.string()),
    state: z.exactOptional(
      z.enum(['available', 'collected-without-receipt', 'confirmed-collected', 'returned-without-receipt']),
    ),
    pending: z.exactOptional(z.enum(['withdraw', 'replace', 'assign', 'renew'])),
    expiresBefore: z.exactOptional(z.string()),
  }),
  replacement: z.exactOptional(
    z.object({
      product: z.exactOptional(z.string()),
      terms: z.exactOptional(terms),
      changes: z.exactOptional(terms),
      crit,
    }),
  ),
  reason: z.exactOptional(z.string()),
  preview: z.boolean(),
  /** Who made it; the history of each license names them. */
  by: z.exactOptional(author),
  status: z.enum(['selecting', 'ordering', 'done', 'stopped', 'refused']),
  /** Where the selection continues; later, the last license that has its result. */
  cursor: z.exactOptional(z.string()),
  /** Counts up to the cursor: licenses by state, outcome and refusal code, and the containers that hold them. */
  selected: z.int(),
  states: counts,
  outcomes: counts,
  refusals: counts,
  containers: z.int(),
  /** Why the whole bulk order was refused. */
  problem: z.exactOptional(z.object({ code: z.string(), detail: z.string() })),
  /** The number of the only execution that may work on it. */
  run: z.int(),
  createdAt: z.string(),
  selectedAt: z.exactOptional(z.string()),
  stopAskedAt: z.exactOptional(z.string()),
  endedAt: z.exactOptional(z.string()),
  revision: z.int(),
});

/** A bulk order: the request and its progress. Its licenses follow in the same partition, one item each. */
export type BulkOrder = z.infer<typeof bulkOrderItem>;
export type BulkStatus = BulkOrder['status'];

const DAY_SECONDS = 24 * 3600;
/** Seconds for which a report is kept. The histories of the licenses are kept for ever. */
const REPORT_SECONDS = 400 * DAY_SECONDS;
const PREVIEW_SECONDS = 30 * DAY_SECONDS;

/** When DynamoDB deletes the bulk order and its report, in seconds since 1970. */
export function bulkOrderExpiry({ createdAt, preview }: BulkOrder): number {
  return Math.floor(Date.parse(createdAt) / 1000) + (preview ? PREVIEW_SECONDS : REPORT_SECONDS);
}

export function hasEnded({ status }: BulkOrder): boolean {
  return status !== 'selecting' && status !== 'ordering';
}

function parseBulkOrder(item: RawItem): BulkOrder {
  return bulkOrderItem.parse(item);
}

export async function getBulkOrder(dependencies: Dependencies, id: string): Promise<BulkOrder | undefined> {
  const item = await getItem(dependencies, bulkOrderKey(id));
  return item === undefined ? undefined : parseBulkOrder(item);
}

/** Writes the next revision of the bulk order. With `wanted`, the stream's consumer starts its run. */
export function putBulkOrder(dependencies: Dependencies, { revision, ...order }: BulkOrder, wanted = false): Write {
  const item = {
    ...order,
    ...(wanted ? { [BULK_RUN_WANTED]: order.run } : {}),
    indexPk: BULK_ORDERS_INDEX,
    indexSk: `${order.createdAt}#${order.id}`,
    expiresAtSeconds: bulkOrderExpiry({ ...order, revision }),
  };
  return putRevision(dependencies, bulkOrderKey(order.id), item, revision);
}

/** @returns `false` when the bulk order changed since it was read. */
export async function saveBulkOrder(dependencies: Dependencies, order: BulkOrder, wanted = false): Promise<boolean> {
  return (await commit(dependencies, [putBulkOrder(dependencies, order, wanted)])) === 'committed';
}

/** A page of all bulk orders, by the time at which they were given. */
export async function pageOfBulkOrders(
  dependencies: Dependencies,
  limit: number,
  cursor: string | undefined,
  direction: Direction,
): Promise<Page<BulkOrder>> {
  return pageOfIndexed(dependencies, BULK_ORDERS_INDEX, limit, cursor, parseBulkOrder, direction);
}
