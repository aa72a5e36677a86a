import * as z from 'zod/mini';
import type { QueueName } from '../../contract/tasks.ts';
import type { Dependencies } from '../dependencies.ts';
import { expiryAfter } from './expiry.ts';
import { afterPrefix, deadLetterKey, deliveryKey } from './keys.ts';
import { type Direction, getItem, type Page, queryPage, queryRange, type RawItem } from './queries.ts';
import { commit, commitSingle, packTransactions, put, remove } from './transactions.ts';

const deliveryItem = z.object({
  endpoint: z.string(),
  queue: z.string(),
  /** The event's position in the table's stream, so that a queue has the order of the commits. */
  position: z.string(),
  /** Deliveries of one lane stay in order: a license, or the container (empty). A failing delivery delays only its lane. */
  lane: z.string(),
  event: z.string(),
  type: z.string(),
  at: z.string(),
  body: z.string(),
  attempts: z.int(),
  nextAttemptAt: z.exactOptional(z.string()),
  error: z.exactOptional(z.string()),
});

/** An event that is queued for an endpoint. */
export type QueuedDelivery = z.infer<typeof deliveryItem>;

const letterItem = z.object({ ...deliveryItem.shape, diedAt: z.string() });

/** An event that could not be delivered. The vendor can send it again. */
export type DeadLetter = z.infer<typeof letterItem>;

/**
 * A delivery that ended is kept this long, without its body, so that a repeated stream record does not queue it again. The
 * stream keeps its records for a day.
 */
const KNOWN_SECONDS = 3 * 24 * 3600;
const LETTER_KEPT_SECONDS = 400 * 24 * 3600;

const keyOf = ({ endpoint, queue, position }: QueuedDelivery) => deliveryKey(endpoint, queue, position);

/** Queues a delivery. If it is queued or delivered already, nothing changes. */
export async function enqueue(dependencies: Dependencies, delivery: QueuedDelivery): Promise<void> {
  await write(dependencies, { ...keyOf(delivery), ...delivery, state: 'pending' }, 'attribute_not_exists(pk)', {});
}

/** A write for a transaction that queues a delivery again, or for the first time. */
export function pendingDelivery(dependencies: Dependencies, delivery: QueuedDelivery): ReturnType<typeof put> {
  return put(dependencies, keyOf(delivery), { ...delivery, state: 'pending' });
}

/** The deliveries that a queue still has to make, in order. */
export async function pendingDeliveries(
  dependencies: Dependencies,
  { endpoint, queue }: QueueName,
): Promise<QueuedDelivery[]> {
  const { pk } = deliveryKey(endpoint, queue, '');
  const items = await queryRange(dependencies, { pk, from: 'DELIVERY#', to: afterPrefix('DELIVERY') });
  return items.filter((item) => item.state === 'pending').map((item) => deliveryItem.parse(item));
}

/** Ends a delivery that succeeded. */
export async function markDelivered(dependencies: Dependencies, delivery: QueuedDelivery): Promise<void> {
  await write(dependencies, endedItem(dependencies, delivery, 'delivered'), PENDING, PENDING_VALUES);
}

/** Stores a failed attempt: the delivery stays in its queue. */
export async function markFailed(dependencies: Dependencies, delivery: QueuedDelivery): Promise<void> {
  await write(dependencies, { ...keyOf(delivery), ...delivery, state: 'pending' }, PENDING, PENDING_VALUES);
}

/** Makes a delivery due that waits for its next attempt, with all its retries. A run that changes it meanwhile wins. */
export async function makeDue(dependencies: Dependencies, delivery: QueuedDelivery): Promise<void> {
  if (delivery.nextAttemptAt === undefined) return;
  await commitSingle(dependencies, {
    Update: {
      TableName: dependencies.tableName,
      Key: { ...keyOf(delivery) },
      UpdateExpression: 'SET attempts = :none REMOVE nextAttemptAt',
      ConditionExpression: '#state = :pending AND nextAttemptAt = :planned',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':pending': 'pending', ':none': 0, ':planned': delivery.nextAttemptAt },
    },
  });
}

/** Ends a delivery that failed too often. The vendor finds it among the dead letters, and its lane continues. */
export async function moveToDeadLetters(dependencies: Dependencies, delivery: QueuedDelivery): Promise<void> {
  const { nextAttemptAt: _, ...rest } = delivery;
  const letter: DeadLetter = { ...rest, diedAt: dependencies.now().toISOString() };
  await commit(dependencies, [
    put(dependencies, deadLetterKey(delivery.endpoint, delivery.event), {
      ...letter,
      expiresAtSeconds: expiryAfter(dependencies, LETTER_KEPT_SECONDS),
    }),
    put(dependencies, keyOf(delivery), endedItem(dependencies, delivery, 'dead')),
  ]);
}

/** Deletes deliveries to an endpoint that no longer exists or is disabled. */
export async function deleteDeliveries(
  dependencies: Dependencies,
  deliveries: readonly QueuedDelivery[],
): Promise<void> {
  for (const chunk of packTransactions(deliveries)) {
    await commit(
      dependencies,
      chunk.map((delivery) => remove(dependencies, keyOf(delivery))),
    );
  }
}

export async function getDeadLetter(
  dependencies: Dependencies,
  endpoint: string,
  event: string,
): Promise<DeadLetter | undefined> {
  const item = await getItem(dependencies, deadLetterKey(endpoint, event));
  return item === undefined ? undefined : parseLetter(item);
}

/** A page of an endpoint's dead letters, in the order of the events. */
export async function pageOfDeadLetters(
  dependencies: Dependencies,
  endpoint: string,
  limit: number,
  cursor: string | undefined,
  direction: Direction = 'forward',
): Promise<Page<DeadLetter>> {
  const { pk } = deadLetterKey(endpoint, '');
  const start = cursor === undefined ? undefined : z.string().parse(JSON.parse(cursor));
  const range = { pk, from: 'LETTER#', to: afterPrefix('LETTER') };
  const page = await queryPage(dependencies, range, limit, start, direction);
  const items = page.items.map(parseLetter);
  return page.next === undefined ? { items } : { items, next: JSON.stringify(page.next) };
}

function parseLetter(item: RawItem): DeadLetter {
  return letterItem.parse(item);
}

const PENDING = '#state = :pending';
const PENDING_VALUES = {
  ExpressionAttributeNames: { '#state': 'state' },
  ExpressionAttributeValues: { ':pending': 'pending' },
};

function endedItem(
  dependencies: Dependencies,
  delivery: QueuedDelivery,
  state: 'delivered' | 'dead',
): Record<string, unknown> {
  const { body: _, nextAttemptAt: __, ...rest } = delivery;
  return { ...keyOf(delivery), ...rest, state, expiresAtSeconds: expiryAfter(dependencies, KNOWN_SECONDS) };
}

/** Writes one item without a transaction, at half the cost. If the condition fails, the write was made before. */
async function write(dependencies: Dependencies, item: object, condition: string, values: object): Promise<void> {
  const Put = { TableName: dependencies.tableName, Item: { ...item }, ConditionExpression: condition, ...values };
  await commitSingle(dependencies, { Put });
}
