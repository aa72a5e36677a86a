import * as z from 'zod/mini';
import type { Runtime } from '../ports.ts';
import { attempts } from '../table/attempts.ts';
import { commit, putRevision } from '../table/commit.ts';
import { refundsKey } from '../table/keys.ts';
import { getItem } from '../table/read.ts';

const refundsItem = z.object({
  /** The units that each refund takes, by its id: chosen once, so that a repeated one takes the same. */
  refunds: z.array(z.object({ refund: z.string(), units: z.array(z.int()) })),
  /** Ids of the webhooks that wait for the order, of a shop or of the ERP. */
  waiting: z.array(z.string()),
  revision: z.int(),
});

/** What is refunded of a shop's order: one item, so that two refunds never take the same unit. */
export type OrderRefunds = z.infer<typeof refundsItem>;

export async function getRefunds(runtime: Runtime, orderId: string): Promise<OrderRefunds> {
  const item = await getItem(runtime, refundsKey(orderId));
  return item === undefined ? { refunds: [], waiting: [], revision: 0 } : refundsItem.parse(item);
}

/** Writes what `change` makes of the refunds, by their revision; nothing when it makes the same of them. */
export async function changeRefunds(
  runtime: Runtime,
  orderId: string,
  change: (refunds: OrderRefunds) => OrderRefunds | Promise<OrderRefunds>,
): Promise<OrderRefunds> {
  for await (const _ of attempts(runtime)) {
    const known = await getRefunds(runtime, orderId);
    const changed = await change(known);
    if (changed === known) return known;
    const { revision, ...item } = changed;
    if ((await commit(runtime, [putRevision(runtime, refundsKey(orderId), item, revision)])) === 'committed') {
      return changed;
    }
  }
  throw new Error(`The refunds of the order ${orderId} keep changing`);
}
