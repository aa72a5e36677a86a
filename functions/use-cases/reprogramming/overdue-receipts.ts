import { type PlannedWork, RECEIPT_OVERDUE_DAYS } from '../../../contract/tasks.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getHead } from '../../store/container-head-item.ts';
import { containerHistory } from '../../store/history-items.ts';
import { type LateReceipt, lateReceiptsAt, putLateReceipt, removeLateReceipt } from '../../store/late-receipt-item.ts';
import { commit, commitSingle } from '../../store/transactions.ts';
import { loadUpdates } from '../containers/container.ts';
import { inParallel } from '../in-parallel.ts';

const OVERDUE_MILLISECONDS = RECEIPT_OVERDUE_DAYS * 24 * 60 * 60 * 1000;
const PAGE = 100;
const AT_ONCE = 16;
/** No page is read after this time, so that the function ends well before its time limit. The next run continues. */
const MAX_MILLISECONDS = 120_000;

/**
 * Leaves the receipt to the daily run, because its execution ends without it. Does nothing if the receipt has arrived or the
 * container is retired. No license becomes available because a receipt is late.
 */
export async function expectLateReceipt(dependencies: Dependencies, work: PlannedWork): Promise<void> {
  const { container, reprogramming, counter } = work;
  if (!(await isMissing(dependencies, { container, counter }))) return;
  const [update] = await loadUpdates(dependencies, container, counter, counter);
  // Not issued yet, so its receipt cannot be late.
  if (update === undefined) return;
  const { issuedAt } = update;
  const due = dueAfter(issuedAt, dependencies.now().getTime());
  await commitSingle(dependencies, putLateReceipt(dependencies, { container, counter, reprogramming, issuedAt, due }));
}

/**
 * Emits `receipt.overdue` for each update without a receipt, 20 days after it was issued and every 20 days from then on. The
 * transaction of the event removes the item that a second run would find.
 *
 * @returns the number of events
 */
export async function reportOverdueReceipts(dependencies: Dependencies): Promise<number> {
  const started = dependencies.now().getTime();
  let reported = 0;
  for (;;) {
    const now = dependencies.now();
    const due = await lateReceiptsAt(dependencies, now.toISOString(), PAGE);
    await inParallel(due, AT_ONCE, async (receipt) => {
      if (await report(dependencies, receipt)) reported += 1;
    });
    if (due.length < PAGE || now.getTime() - started >= MAX_MILLISECONDS) return reported;
  }
}

async function report(dependencies: Dependencies, receipt: LateReceipt): Promise<boolean> {
  const { container, counter, reprogramming, issuedAt } = receipt;
  const done = removeLateReceipt(dependencies, receipt);
  if (!(await isMissing(dependencies, receipt))) {
    await commit(dependencies, [done]);
    return false;
  }
  const event = { type: 'receipt.overdue', container, reprogramming, counter } as const;
  const due = dueAfter(issuedAt, dependencies.now().getTime());
  const committed = await commit(dependencies, [
    done,
    putLateReceipt(dependencies, { ...receipt, due }),
    containerHistory(dependencies, { kind: 'system' }, container, event),
  ]);
  return committed === 'committed';
}

async function isMissing(
  dependencies: Dependencies,
  { container, counter }: Pick<LateReceipt, 'container' | 'counter'>,
): Promise<boolean> {
  const head = await getHead(dependencies, container);
  return head !== undefined && head.confirmed.counter < counter && head.status === 'active';
}

/** The first multiple of 20 days after `issuedAt` that is later than `now`, in milliseconds since 1970. */
function dueAfter(issuedAt: string, now: number): string {
  const issued = Date.parse(issuedAt);
  const periods = Math.max(1, Math.floor((now - issued) / OVERDUE_MILLISECONDS) + 1);
  return new Date(issued + periods * OVERDUE_MILLISECONDS).toISOString();
}
