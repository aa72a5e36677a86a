import type { BulkExecution, BulkTaskResult } from '../../../contract/tasks.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type BulkLicense, bulkLicensePosition, nextLicenses, readAgain } from '../../store/bulk-license-item.ts';
import { type BulkOrder, saveBulkOrder } from '../../store/bulk-order-item.ts';
import { applyActions } from './apply-actions.ts';
import { addCount, counting } from './counts.ts';
import { bulkOrderOf, continueTask, ended, startRound } from './task-round.ts';

/** Licenses that one task gives the orders for, and then those that are left in the last one's container. */
export const ORDER_LICENSES = 200;

/**
 * The second task: the orders for one chunk of the selection, or their forecast for a preview. The cursor passes the chunk,
 * and the chunk is counted, when each of its licenses has a result: a task that is run again finds what is left.
 */
export async function orderTask(dependencies: Dependencies, run: BulkExecution): Promise<BulkTaskResult> {
  const round = startRound(dependencies);
  for (;;) {
    const bulk = await bulkOrderOf(dependencies, run);
    if (bulk === undefined) return { ...run, status: 'ended' };
    const isStopped = bulk.stopAskedAt !== undefined;
    const rows = await nextLicenses(dependencies, bulk, bulk.cursor, ORDER_LICENSES);
    if (!isStopped) await applyActions(round, bulk, rows);
    const now = await readAgain(dependencies, bulk, rows);
    const done = now.filter(({ outcome }) => outcome !== 'open');
    if (!isStopped && done.length < now.length) return continueTask(dependencies, run);
    const moved = isStopped ? ended(dependencies, counting(bulk, done), 'stopped') : passed(dependencies, bulk, done);
    // Refused when somebody has asked meanwhile that it be stopped: that is read, and the same chunk counted again.
    if (!(await saveBulkOrder(dependencies, moved))) continue;
    return moved.endedAt === undefined ? continueTask(dependencies, run) : { ...run, status: 'ended' };
  }
}

function passed(dependencies: Dependencies, bulk: BulkOrder, rows: readonly BulkLicense[]): BulkOrder {
  const next = counting(bulk, rows);
  const last = rows.at(-1);
  if (addCount(next) === next.selected || last === undefined) return ended(dependencies, next, 'done');
  return { ...next, cursor: bulkLicensePosition(bulk, last) };
}
