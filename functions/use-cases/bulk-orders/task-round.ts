import type { BulkExecution, BulkTaskResult } from '../../../contract/tasks.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type BulkOrder, getBulkOrder, hasEnded, saveBulkOrder } from '../../store/bulk-order-item.ts';

/** A task starts nothing new after this time, so that it ends well before the function's time limit. */
const ROUND_MILLISECONDS = 60_000;
/**
 * Rounds of one execution; the next execution continues. A round takes seven events of the execution's history, and three more
 * for each failed attempt; Step Functions allows 25,000.
 */
export const MAX_ROUNDS = 1_500;

/** One round of a task. */
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

/** @returns the bulk order; `undefined` when it has ended, or another run works on it. */
export async function currentBulkOrder(
  dependencies: Dependencies,
  { bulkOrder, run }: BulkExecution,
): Promise<BulkOrder | undefined> {
  const order = await getBulkOrder(dependencies, bulkOrder);
  return order === undefined || order.run !== run || hasEnded(order) ? undefined : order;
}

/** Continues in this execution, or requests the next one before the history of this one is full. */
export async function continueTask(
  dependencies: Dependencies,
  { bulkOrder, run, rounds }: BulkExecution,
): Promise<BulkTaskResult> {
  const next = { bulkOrder, run, rounds: rounds + 1 };
  if (next.rounds < MAX_ROUNDS) return { ...next, status: 'again' };
  for (;;) {
    const order = await currentBulkOrder(dependencies, next);
    if (order === undefined || (await saveBulkOrder(dependencies, { ...order, run: run + 1 }, true))) {
      return { ...next, status: 'ended' };
    }
  }
}

/** The bulk order, ended now with this status. */
export function endBulkOrder(
  dependencies: Dependencies,
  order: BulkOrder,
  status: 'done' | 'stopped' | 'refused',
): BulkOrder {
  const { cursor: _, ...rest } = order;
  return { ...rest, status, endedAt: dependencies.now().toISOString() };
}
