import type { BulkRound, BulkRun, Runtime } from '../ports.ts';
import { type BulkOrder, getBulkOrder, hasEnded, saveBulkOrder } from './bulk-order-item.ts';

/** A task begins nothing new after this time, so that it ends well within the function's own limit. */
const ROUND_MILLISECONDS = 60_000;
/**
 * Rounds of one execution. A round is seven events of its history (and three more for each attempt that fails), which
 * ends at 25,000; the next execution goes on where this one ended.
 */
export const MAX_ROUNDS = 1_500;

/** One task at work. */
export interface Round {
  readonly runtime: Runtime;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export function startRound(runtime: Runtime): Round {
  return { runtime, until: runtime.now().getTime() + ROUND_MILLISECONDS };
}

export function isOver({ runtime, until }: Round): boolean {
  return runtime.now().getTime() >= until;
}

/** The bulk order, if this run may work on it. */
export async function bulkOrderOf(runtime: Runtime, { bulkOrder, run }: BulkRun): Promise<BulkOrder | undefined> {
  const order = await getBulkOrder(runtime, bulkOrder);
  return order === undefined || order.run !== run || hasEnded(order) ? undefined : order;
}

/** Goes on in this execution, or asks for the next one before the history of this one is full. */
export async function goOn(runtime: Runtime, { bulkOrder, run, rounds }: BulkRun): Promise<BulkRound> {
  const next = { bulkOrder, run, rounds: rounds + 1 };
  if (next.rounds < MAX_ROUNDS) return { ...next, status: 'again' };
  for (;;) {
    const order = await bulkOrderOf(runtime, next);
    if (order === undefined || (await saveBulkOrder(runtime, { ...order, run: run + 1 }, true))) {
      return { ...next, status: 'ended' };
    }
  }
}

/** The end of a bulk order, whichever. */
export function ended(runtime: Runtime, order: BulkOrder, status: 'done' | 'stopped' | 'refused'): BulkOrder {
  const { cursor: _, ...rest } = order;
  return { ...rest, status, endedAt: runtime.now().toISOString() };
}
