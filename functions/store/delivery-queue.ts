import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { QUEUE_WANTED } from '../../contract/table.ts';
import type { QueueName } from '../../contract/tasks.ts';
import { base32 } from '../../domain/ticket-code.ts';
import type { DeliveryExecutions, Dependencies } from '../dependencies.ts';
import { expiryAfter } from './expiry.ts';
import { deliveryQueueKey } from './keys.ts';
import { getItem } from './queries.ts';
import type { Write } from './transactions.ts';

const queueItem = z.object({
  endpoint: z.string(),
  queue: z.string(),
  running: z.boolean(),
  /** The id of the newest run: the only one that may work on the queue. */
  run: z.exactOptional(z.string()),
});

export type StoredQueue = z.infer<typeof queueItem>;

const RUN_BYTES = 16;
const RUN_CHARACTERS = 25;
/** An idle queue is deleted after three days. Run ids are random, so a recreated queue does not reuse an execution name. */
const IDLE_KEPT_SECONDS = 3 * 24 * 3600;
const START_ATTEMPTS = 5;

export async function getQueue(
  dependencies: Dependencies,
  { endpoint, queue }: QueueName,
): Promise<StoredQueue | undefined> {
  const item = await getItem(dependencies, deliveryQueueKey(endpoint, queue));
  return item === undefined ? undefined : queueItem.parse(item);
}

/**
 * Ensures that exactly one run works on the queue. Call it after each delivery that was queued; a repeated call is safe. A run
 * that ended without releasing the queue (stopped by an operator, or out of retries) is replaced.
 */
export async function startQueueRun(
  dependencies: Dependencies,
  runs: { readonly deliveryRuns: DeliveryExecutions },
  name: QueueName,
) {
  let ended = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    const fresh = base32(dependencies.random(RUN_BYTES), RUN_CHARACTERS);
    const claimed = await save(dependencies, { ...name, running: true, run: fresh }, [
      'attribute_not_exists(pk) OR running = :idle OR run = :run',
      { ':idle': false, ':run': ended },
    ]);
    const run = claimed ? fresh : (await getQueue(dependencies, name))?.run;
    if (run === undefined) continue;
    // Start the run even if another caller claimed the queue: that caller may have crashed before it started the run.
    if ((await runs.deliveryRuns.start({ ...name, run, rounds: 0 })) === 'running') return;
    ended = run;
  }
  throw new Error(
    `Could not start a run for queue ${name.queue} of endpoint ${name.endpoint} in ${START_ATTEMPTS} attempts`,
  );
}

/**
 * Releases the queue. With `wanted`, the stream's consumer starts another run.
 * @returns `false` when the queue belongs to another run.
 */
export function releaseQueue(
  dependencies: Dependencies,
  name: QueueName,
  run: string,
  wanted: boolean,
): Promise<boolean> {
  const expiresAtSeconds = expiryAfter(dependencies, IDLE_KEPT_SECONDS);
  const more = wanted ? { [QUEUE_WANTED]: run } : { expiresAtSeconds };
  return save(dependencies, { ...name, running: false, run, ...more }, ['run = :run', { ':run': run }]);
}

/** Claims the queue again for the run that released it. @returns `false` when another run claimed it. */
export function reclaimQueue(dependencies: Dependencies, name: QueueName, run: string): Promise<boolean> {
  return save(dependencies, { ...name, running: true, run }, [
    'run = :run AND running = :idle',
    { ':run': run, ':idle': false },
  ]);
}

/** A write for a transaction, after which the stream's consumer starts a run. */
export function requestQueueRun(dependencies: Dependencies, { endpoint, queue }: QueueName, by: string): Write {
  return {
    Update: {
      TableName: dependencies.tableName,
      Key: { ...deliveryQueueKey(endpoint, queue) },
      UpdateExpression:
        'SET #wanted = :by, endpoint = :endpoint, #queue = :queue, running = if_not_exists(running, :idle) REMOVE expiresAtSeconds',
      ExpressionAttributeNames: { '#wanted': QUEUE_WANTED, '#queue': 'queue' },
      ExpressionAttributeValues: { ':by': by, ':endpoint': endpoint, ':queue': queue, ':idle': false },
    },
  };
}

type Condition = readonly [expression: string, values: Record<string, unknown>];

async function save(dependencies: Dependencies, item: StoredQueue, [expression, values]: Condition): Promise<boolean> {
  try {
    await dependencies.documents.send(
      new PutCommand({
        TableName: dependencies.tableName,
        Item: { ...deliveryQueueKey(item.endpoint, item.queue), ...item },
        ConditionExpression: expression,
        ExpressionAttributeValues: values,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
