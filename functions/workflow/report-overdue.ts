import { loadUpdates } from '../containers/container.ts';
import { type PlannedWork, RECEIPT_TIMEOUT_SECONDS, type Runtime } from '../ports.ts';
import { commit } from '../table/commit.ts';
import { parseHead, type StoredUpdate } from '../table/container-items.ts';
import { containerHistoryOnce } from '../table/history-items.ts';
import { containerKey } from '../table/keys.ts';
import { getItem } from '../table/read.ts';

/**
 * A receipt that does not come frees nothing: the vendor is told, once for each wait, and the next wait begins. When it has
 * come, or the container is retired, only the word that ends this wait got lost: there is nothing to tell.
 */
export async function reportOverdue(runtime: Runtime, work: PlannedWork): Promise<void> {
  const { container, reprogramming, counter } = work;
  const item = await getItem(runtime, containerKey(container));
  const head = item === undefined ? undefined : parseHead(item);
  if (head === undefined || head.confirmed.counter >= counter || head.status !== 'active') return;
  const [update] = await loadUpdates(runtime, container, counter, counter);
  // Not issued, it is not overdue: it is issued now.
  if (update === undefined) return;
  const once = `OVERDUE#${reprogramming}#${waitsSince(runtime, update)}`;
  const event = { type: 'receipt.overdue', container, reprogramming, counter } as const;
  await commit(runtime, [containerHistoryOnce(runtime, 'system', container, once, event)]);
}

/** How many waits have ended since the update was issued. Rounded, since a wait ends a little late, and clocks differ. */
function waitsSince(runtime: Runtime, { issuedAt }: StoredUpdate): number {
  const seconds = (runtime.now().getTime() - Date.parse(issuedAt)) / 1000;
  return Math.round(seconds / RECEIPT_TIMEOUT_SECONDS);
}
