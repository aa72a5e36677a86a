import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { QUEUE_WANTED } from '../../contract/table.ts';
import type { QueueName } from '../../contract/tasks.ts';
import { base32 } from '../../domain/ticket-code.ts';
import type { DeliveryExecutions, Dependencies } from '../dependencies.ts';
import { deliveryQueueKey } from './keys.ts';
import { getItem } from './queries.ts';
import type { Write } from './transactions.ts';

const queueItem = z.object({
  endpoint: z.string(),
  queue: z.string(),
  running: z.boolean(),
  /** The last run: the only one that may work on the queue. */
  run: z.exactOptional(z.string()),
});

export type StoredQueue = z.infer<typeof queueItem>;

const RUN_BYTES = 16;
const RUN_CHARACTERS = 25;
/** Runs are named by chance, so a queue that is forgotten and made again never meets a name of its past. */
const IDLE_KEPT_SECONDS = 3 * 24 * 3600;
const WAKE_ATTEMPTS = 5;

export async function getQueue(
  dependencies: Dependencies,
  { endpoint, queue }: QueueName,
): Promise<StoredQueue | undefined> {
  const item = await getItem(dependencies, deliveryQueueKey(endpoint, queue));
  return item === undefined ? undefined : queueItem.parse(item);
}

/**
 * Sees to it that a run works on the queue. To be called after something was queued, and again if it is not known whether
 * it was called: at most one run at a time, and never none. A run that ended without letting go of the queue (stopped by
 * hand, its attempts used up) is replaced.
 */
export async function wake(
  dependencies: Dependencies,
  runs: { readonly deliveryRuns: DeliveryExecutions },
  name: QueueName,
) {
  let ended = '';
  for (let attempt = 0; attempt < WAKE_ATTEMPTS; attempt++) {
    const fresh = base32(dependencies.random(RUN_BYTES), RUN_CHARACTERS);
    const claimed = await save(dependencies, { ...name, running: true, run: fresh }, [
      'attribute_not_exists(pk) OR running = :idle OR run = :run',
      { ':idle': false, ':run': ended },
    ]);
    const run = claimed ? fresh : (await getQueue(dependencies, name))?.run;
    if (run === undefined) continue;
    // Also when another one claimed it: he may have been stopped before he could start the run.
    if ((await runs.deliveryRuns.start({ ...name, run, rounds: 0 })) === 'running') return;
    ended = run;
  }
  throw new Error(`No run of the deliveries to ${name.endpoint} (${name.queue}) can be started`);
}

/** Lets go of the queue; `wanted` asks the stream's consumer for another run. `false`: it is another run's. */
export function release(dependencies: Dependencies, name: QueueName, run: string, wanted: boolean): Promise<boolean> {
  const expiresAtSeconds = Math.floor(dependencies.now().getTime() / 1000) + IDLE_KEPT_SECONDS;
  const more = wanted ? { [QUEUE_WANTED]: run } : { expiresAtSeconds };
  return save(dependencies, { ...name, running: false, run, ...more }, ['run = :run', { ':run': run }]);
}

/** Takes the queue again that this run let go of, if nobody else has. */
export function takeAgain(dependencies: Dependencies, name: QueueName, run: string): Promise<boolean> {
  return save(dependencies, { ...name, running: true, run }, [
    'run = :run AND running = :idle',
    { ':run': run, ':idle': false },
  ]);
}

/** As a part of a transaction: asks the stream's consumer for a run. */
export function wantRun(dependencies: Dependencies, { endpoint, queue }: QueueName, by: string): Write {
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
