import type { Dependencies } from '../../dependencies.ts';
import { makeDue, pendingDeliveries } from '../../store/delivery-item.ts';
import { requestQueueRun } from '../../store/delivery-queue.ts';
import { queuesWithBacklog } from '../../store/endpoint-health-item.ts';
import { newEventId } from '../../store/event-id.ts';
import { commit } from '../../store/transactions.ts';
import { inParallel } from '../in-parallel.ts';

/** Queues that one request retries, and how many of them at once. */
const MAX_QUEUES = 200;
const QUEUES_AT_ONCE = 8;
const DELIVERIES_AT_ONCE = 4;

/**
 * Makes the events due that wait for another attempt, and starts the delivery of their queues.
 *
 * @returns the number of events, those that wait behind others included, and whether the endpoint has more queues
 */
export async function retryWaitingEvents(
  dependencies: Dependencies,
  endpoint: string,
): Promise<{ readonly events: number; readonly more: boolean }> {
  const { names, more } = await queuesWithBacklog(dependencies, endpoint, MAX_QUEUES);
  let events = 0;
  await inParallel(names, QUEUES_AT_ONCE, async (name) => {
    const pending = await pendingDeliveries(dependencies, name);
    if (pending.length === 0) return;
    await inParallel(pending, DELIVERIES_AT_ONCE, (delivery) => makeDue(dependencies, delivery));
    // After the deliveries: the run that it starts finds them due.
    await commit(dependencies, [requestQueueRun(dependencies, name, newEventId(dependencies))]);
    events += pending.length;
  });
  return { events, more };
}
