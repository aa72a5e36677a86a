import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { retryOnConflict } from './conflict-retries.ts';
import { expiryAfter } from './expiry.ts';
import { refundsKey } from './keys.ts';
import { getItem } from './queries.ts';
import { commit, putRevision } from './transactions.ts';

const refundsItem = z.object({
  /** The units that each refund takes back, by its id: chosen once, so that a repeated refund takes the same units. */
  refunds: z.array(z.object({ refund: z.string(), units: z.array(z.int()) })),
  /** Ids of the webhooks, from a shop or the ERP, that wait for the order. */
  waiting: z.array(z.string()),
  /** The shop's sale delivered no license, so no webhook waits for it. An order that is delivered later takes precedence. */
  deliveredNothing: z.exactOptional(z.literal(true)),
  revision: z.int(),
});

/** Without a refund, the note that an order delivered nothing is kept this long: as long as a webhook can wait. */
const KEPT_SECONDS = 400 * 24 * 3600;

/** The refunds of a shop's order, in one item, so that two refunds never take the same unit. */
export type OrderRefunds = z.infer<typeof refundsItem>;

export async function getRefunds(dependencies: Dependencies, orderId: string): Promise<OrderRefunds> {
  const item = await getItem(dependencies, refundsKey(orderId));
  return item === undefined ? { refunds: [], waiting: [], revision: 0 } : refundsItem.parse(item);
}

/** Reads the refunds and writes what `change` returns; writes nothing when it returns the same object. */
export async function changeRefunds(
  dependencies: Dependencies,
  orderId: string,
  change: (refunds: OrderRefunds) => OrderRefunds | Promise<OrderRefunds>,
): Promise<OrderRefunds> {
  return retryOnConflict(dependencies, `the refunds of order ${orderId}`, async () => {
    const known = await getRefunds(dependencies, orderId);
    const changed = await change(known);
    if (changed === known) return known;
    const { revision, ...rest } = changed;
    const isNote = rest.deliveredNothing === true && rest.refunds.length === 0 && rest.waiting.length === 0;
    const expiresAtSeconds = expiryAfter(dependencies, KEPT_SECONDS);
    const item = isNote ? { ...rest, expiresAtSeconds } : rest;
    const write = putRevision(dependencies, refundsKey(orderId), item, revision);
    return (await commit(dependencies, [write])) === 'committed' ? changed : 'changed';
  });
}
