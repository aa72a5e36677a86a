import type { PlannedWork, Runtime } from '../ports.ts';
import { commit } from '../table/commit.ts';
import { containerHistory } from '../table/history-items.ts';

/** A receipt that does not come frees nothing: the vendor is told, and the wait goes on. */
export async function reportOverdue(runtime: Runtime, work: PlannedWork): Promise<void> {
  const { container, reprogramming, counter } = work;
  await commit(runtime, [
    containerHistory(runtime, 'system', container, { type: 'receipt.overdue', container, reprogramming, counter }),
  ]);
}
