import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { base32 } from '../../domain/ticket-code.ts';
import type { Runtime } from '../ports.ts';
import type { Write } from '../table/commit.ts';
import { deliveryQueueKey, QUEUE_WANTED } from '../table/keys.ts';
import { getItem } from '../table/read.ts';
import { type Exact, exact } from '../table/stored.ts';
import type { DeliveryRuns, QueueName } from './ports.ts';

const queueItem = z.object({
  endpoint: z.string(),
  queue: z.string(),
  running: z.boolean(),
  /** The last run: the only one that may work on the queue. */
  run: z.optional(z.string()),
});

export type StoredQueue = Exact<z.infer<typeof queueItem>>;

const RUN_BYTES = 16;
const RUN_CHARACTERS = 25;
/** Runs are named by chance, so a queue that is forgotten and made again never meets a name of its past. */
const IDLE_KEPT_SECONDS = 3 * 24 * 3600;
const WAKE_ATTEMPTS = 5;

export async function getQueue(runtime: Runtime, { endpoint, queue }: QueueName): Promise<StoredQueue | undefined> {
  const item = await getItem(runtime, deliveryQueueKey(endpoint, queue));
  return item === undefined ? undefined : exact(queueItem.parse(item));
}

/**
 * Sees to it that a run works on the queue. To be called after something was queued, and again if it is not known whether
 * it was called: at most one run at a time, and never none. A run that ended without letting go of the queue (stopped by
 * hand, its attempts used up) is replaced.
 */
export async function wake(runtime: Runtime, runs: { readonly deliveryRuns: DeliveryRuns }, name: QueueName) {
  let ended = '';
  for (let attempt = 0; attempt < WAKE_ATTEMPTS; attempt++) {
    const fresh = base32(runtime.random(RUN_BYTES), RUN_CHARACTERS);
    const claimed = await save(runtime, { ...name, running: true, run: fresh }, [
      'attribute_not_exists(pk) OR running = :idle OR run = :run',
      { ':idle': false, ':run': ended },
    ]);
    const run = claimed ? fresh : (await getQueue(runtime, name))?.run;
    if (run === undefined) continue;
    // Also when another one claimed it: he may have been stopped before he could start the run.
    if ((await runs.deliveryRuns.start({ ...name, run, rounds: 0 })) === 'running') return;
    ended = run;
  }
  throw new Error(`No run of the deliveries to ${name.endpoint} (${name.queue}) can be started`);
}

/** Lets go of the queue; `wanted` asks the stream's consumer for another run. `false`: it is another run's. */
export function release(runtime: Runtime, name: QueueName, run: string, wanted: boolean): Promise<boolean> {
  const expiresAtSeconds = Math.floor(runtime.now().getTime() / 1000) + IDLE_KEPT_SECONDS;
  const more = wanted ? { [QUEUE_WANTED]: run } : { expiresAtSeconds };
  return save(runtime, { ...name, running: false, run, ...more }, ['run = :run', { ':run': run }]);
}

/** Takes the queue again that this run let go of, if nobody else has. */
export function takeAgain(runtime: Runtime, name: QueueName, run: string): Promise<boolean> {
  return save(runtime, { ...name, running: true, run }, [
    'run = :run AND running = :idle',
    { ':run': run, ':idle': false },
  ]);
}

/** As a part of a transaction: asks the stream's consumer for a run. */
export function wantRun(runtime: Runtime, { endpoint, queue }: QueueName, by: string): Write {
  return {
    Update: {
      TableName: runtime.tableName,
      Key: { ...deliveryQueueKey(endpoint, queue) },
      UpdateExpression:
        'SET #wanted = :by, endpoint = :endpoint, #queue = :queue, running = if_not_exists(running, :idle) REMOVE expiresAtSeconds',
      ExpressionAttributeNames: { '#wanted': QUEUE_WANTED, '#queue': 'queue' },
      ExpressionAttributeValues: { ':by': by, ':endpoint': endpoint, ':queue': queue, ':idle': false },
    },
  };
}

type Condition = readonly [expression: string, values: Record<string, unknown>];

async function save(runtime: Runtime, item: StoredQueue, [expression, values]: Condition): Promise<boolean> {
  try {
    await runtime.documents.send(
      new PutCommand({
        TableName: runtime.tableName,
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
