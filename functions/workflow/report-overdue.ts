import type { PlannedWork, Runtime } from '../ports.ts';
import { commit } from '../table/commit.ts';
import { parseHead } from '../table/container-items.ts';
import { containerHistory } from '../table/history-items.ts';
import { containerKey } from '../table/keys.ts';
import { getItem } from '../table/read.ts';

/**
 * A receipt that does not come frees nothing: the vendor is told, and the wait goes on. When it has come, or the container
 * is retired, only the word that ends this wait got lost: there is nothing to tell.
 */
export async function reportOverdue(runtime: Runtime, work: PlannedWork): Promise<void> {
  const { container, reprogramming, counter } = work;
  const item = await getItem(runtime, containerKey(container));
  const head = item === undefined ? undefined : parseHead(item);
  if (head === undefined || head.confirmed.counter >= counter || head.status !== 'active') return;
  await commit(runtime, [
    containerHistory(runtime, 'system', container, { type: 'receipt.overdue', container, reprogramming, counter }),
  ]);
}
