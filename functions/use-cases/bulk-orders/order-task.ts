import type { BulkExecution, BulkTaskResult } from '../../../contract/tasks.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type BulkLicense, bulkLicensePosition, nextLicenses, rereadLicenses } from '../../store/bulk-license-item.ts';
import { type BulkOrder, saveBulkOrder } from '../../store/bulk-order-item.ts';
import { applyActions } from './apply-actions.ts';
import { countedLicenses, countLicenses } from './counts.ts';
import { continueTask, currentBulkOrder, endBulkOrder, startRound } from './task-round.ts';

/** Licenses that one round of the task processes, followed by the other licenses of the last one's container. */
export const ORDER_LICENSES = 200;

/**
 * The second task: applies the action to one chunk of the selected licenses, or forecasts it for a preview. When each license of
 * the chunk has a result, the chunk is counted and the cursor moves behind it. A repeated task continues with the others.
 */
export async function orderTask(dependencies: Dependencies, execution: BulkExecution): Promise<BulkTaskResult> {
  const round = startRound(dependencies);
  for (;;) {
    const bulk = await currentBulkOrder(dependencies, execution);
    if (bulk === undefined) return { ...execution, status: 'ended' };
    const isStopped = bulk.stopAskedAt !== undefined;
    const rows = await nextLicenses(dependencies, bulk, bulk.cursor, ORDER_LICENSES);
    if (!isStopped) await applyActions(round, bulk, rows);
    const now = await rereadLicenses(dependencies, bulk, rows);
    const done = now.filter(({ outcome }) => outcome !== 'open');
    if (!isStopped && done.length < now.length) return continueTask(dependencies, execution);
    const moved = isStopped
      ? endBulkOrder(dependencies, countLicenses(bulk, done), 'stopped')
      : passLicenses(dependencies, bulk, done);
    // Refused if a stop was requested meanwhile: read the bulk order again, and count the same chunk again.
    if (!(await saveBulkOrder(dependencies, moved))) continue;
    return moved.endedAt === undefined ? continueTask(dependencies, execution) : { ...execution, status: 'ended' };
  }
}

function passLicenses(dependencies: Dependencies, bulk: BulkOrder, rows: readonly BulkLicense[]): BulkOrder {
  const next = countLicenses(bulk, rows);
  const last = rows.at(-1);
  if (countedLicenses(next) === next.selected || last === undefined) return endBulkOrder(dependencies, next, 'done');
  return { ...next, cursor: bulkLicensePosition(bulk, last) };
}
