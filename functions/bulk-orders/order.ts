import { type BulkRound, type BulkRun, inNameOf, type Runtime } from '../ports.ts';
import { type BulkLicense, nextLicenses, placeOf, readAgain } from './bulk-license-item.ts';
import { type BulkOrder, saveBulkOrder } from './bulk-order-item.ts';
import { counted, counting } from './counts.ts';
import { giveOrders } from './give-orders.ts';
import { bulkOrderOf, ended, goOn, startRound } from './rounds.ts';

/** Licenses that one task gives the orders for, and then those that are left in the last one's container. */
export const ORDER_LICENSES = 200;

/**
 * The second task: the orders for one chunk of the selection, or their forecast for a preview. The cursor passes the chunk,
 * and the chunk is counted, when each of its licenses has a result: a task that is run again finds what is left.
 */
export async function order(runtime: Runtime, run: BulkRun): Promise<BulkRound> {
  const round = startRound(runtime);
  for (;;) {
    const bulk = await bulkOrderOf(runtime, run);
    if (bulk === undefined) return { ...run, status: 'ended' };
    const isStopped = bulk.stopAskedAt !== undefined;
    const rows = await nextLicenses(runtime, bulk, bulk.cursor, ORDER_LICENSES);
    const asked = bulk.by === undefined ? runtime : inNameOf(runtime, bulk.by);
    if (!isStopped) await giveOrders({ ...round, runtime: asked }, bulk, rows);
    const now = await readAgain(runtime, bulk, rows);
    const done = now.filter(({ outcome }) => outcome !== 'open');
    if (!isStopped && done.length < now.length) return goOn(runtime, run);
    const moved = isStopped ? ended(runtime, counting(bulk, done), 'stopped') : passed(runtime, bulk, done);
    // Refused when somebody has asked meanwhile that it be stopped: that is read, and the same chunk counted again.
    if (!(await saveBulkOrder(runtime, moved))) continue;
    return moved.endedAt === undefined ? goOn(runtime, run) : { ...run, status: 'ended' };
  }
}

function passed(runtime: Runtime, bulk: BulkOrder, rows: readonly BulkLicense[]): BulkOrder {
  const next = counting(bulk, rows);
  const last = rows.at(-1);
  if (counted(next) === next.selected || last === undefined) return ended(runtime, next, 'done');
  return { ...next, cursor: placeOf(bulk, last) };
}
