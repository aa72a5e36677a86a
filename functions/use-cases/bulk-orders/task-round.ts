import type { BulkExecution, BulkTaskResult } from '../../../contract/tasks.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type BulkOrder, getBulkOrder, hasEnded, saveBulkOrder } from '../../store/bulk-order-item.ts';

/** A task begins nothing new after this time, so that it ends well within the function's own limit. */
const ROUND_MILLISECONDS = 60_000;
/**
 * Rounds of one execution. A round is seven events of its history (and three more for each attempt that fails), which
 * ends at 25,000; the next execution goes on where this one ended.
 */
export const MAX_ROUNDS = 1_500;

/** One task at work. */
export interface TaskRound {
  readonly dependencies: Dependencies;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export function startRound(dependencies: Dependencies): TaskRound {
  return { dependencies, until: dependencies.now().getTime() + ROUND_MILLISECONDS };
}

export function isTimeUp({ dependencies, until }: TaskRound): boolean {
  return dependencies.now().getTime() >= until;
}

/** The bulk order, if this run may work on it. */
export async function bulkOrderOf(
  dependencies: Dependencies,
  { bulkOrder, run }: BulkExecution,
): Promise<BulkOrder | undefined> {
  const order = await getBulkOrder(dependencies, bulkOrder);
  return order === undefined || order.run !== run || hasEnded(order) ? undefined : order;
}

/** Goes on in this execution, or asks for the next one before the history of this one is full. */
export async function continueTask(
  dependencies: Dependencies,
  { bulkOrder, run, rounds }: BulkExecution,
): Promise<BulkTaskResult> {
  const next = { bulkOrder, run, rounds: rounds + 1 };
  if (next.rounds < MAX_ROUNDS) return { ...next, status: 'again' };
  for (;;) {
    const order = await bulkOrderOf(dependencies, next);
    if (order === undefined || (await saveBulkOrder(dependencies, { ...order, run: run + 1 }, true))) {
      return { ...next, status: 'ended' };
    }
  }
}

/** The end of a bulk order, whichever. */
export function ended(dependencies: Dependencies, order: BulkOrder, status: 'done' | 'stopped' | 'refused'): BulkOrder {
  const { cursor: _, ...rest } = order;
  return { ...rest, status, endedAt: dependencies.now().toISOString() };
}
