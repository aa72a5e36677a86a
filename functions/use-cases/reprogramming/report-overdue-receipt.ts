import { type PlannedWork, RECEIPT_TIMEOUT_SECONDS } from '../../../contract/tasks.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getHead } from '../../store/container-head-item.ts';
import { containerHistoryOnce } from '../../store/history-items.ts';
import { commit } from '../../store/transactions.ts';
import type { StoredUpdate } from '../../store/update-item.ts';
import { loadUpdates } from '../containers/container.ts';

/**
 * Emits `receipt.overdue`, once for each wait of 20 days. Does nothing if the receipt has arrived or the container is retired.
 * No license becomes available because a receipt is overdue.
 */
export async function reportOverdueReceipt(dependencies: Dependencies, work: PlannedWork): Promise<void> {
  const { container, reprogramming, counter } = work;
  const head = await getHead(dependencies, container);
  if (head === undefined || head.confirmed.counter >= counter || head.status !== 'active') return;
  const [update] = await loadUpdates(dependencies, container, counter, counter);
  // Not issued yet, so its receipt cannot be overdue.
  if (update === undefined) return;
  const once = `OVERDUE#${reprogramming}#${waitsSince(dependencies, update)}`;
  const event = { type: 'receipt.overdue', container, reprogramming, counter } as const;
  await commit(dependencies, [containerHistoryOnce(dependencies, { kind: 'system' }, container, once, event)]);
}

/** How many waits have ended since the update was issued. Rounded, because a wait ends a little late and clocks differ. */
function waitsSince(dependencies: Dependencies, { issuedAt }: StoredUpdate): number {
  const seconds = (dependencies.now().getTime() - Date.parse(issuedAt)) / 1000;
  return Math.round(seconds / RECEIPT_TIMEOUT_SECONDS);
}
