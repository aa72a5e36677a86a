import * as z from 'zod/mini';
import { QUEUE_WANTED } from '../../contract/table.ts';
import type { QueueName } from '../../contract/tasks.ts';
import type { QueueBacklog } from '../../domain/endpoint-health.ts';
import { base32 } from '../../domain/ticket-code.ts';
import type { DeliveryExecutions, Dependencies } from '../dependencies.ts';
import { putBacklog, removeBacklog } from './endpoint-health-item.ts';
import { expiryAfter } from './expiry.ts';
import { deliveryQueueKey } from './keys.ts';
import { getItem } from './queries.ts';
import { commit, commitSingle, type Write } from './transactions.ts';

const queueItem = z.object({
  endpoint: z.string(),
  queue: z.string(),
  running: z.boolean(),
  /** The id of the newest run: the only one that may work on the queue. */
  run: z.exactOptional(z.string()),
  /** The run waits until this time for the next attempt. Another run may take the queue from it. */
  pausedUntil: z.exactOptional(z.string()),
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
 * that ended without releasing the queue (stopped by an operator, or out of retries) is replaced. A run that is paused until
 * the next attempt is replaced, too: it waits for up to a day, and events of other licenses need not wait for it.
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
    const run = claimed ? fresh : await takeOver(dependencies, name, fresh);
    if (run === undefined) continue;
    // Start the run even if another caller claimed the queue: that caller may have crashed before it started the run.
    if ((await runs.deliveryRuns.start({ ...name, run, rounds: 0 })) === 'running') return;
    ended = run;
  }
  throw new Error(
    `Could not start a run for queue ${name.queue} of endpoint ${name.endpoint} in ${START_ATTEMPTS} attempts`,
  );
}

/** Takes a queue whose run is paused. @returns the run that now has the queue; `undefined` when it must be claimed again. */
async function takeOver(dependencies: Dependencies, name: QueueName, fresh: string): Promise<string | undefined> {
  const queue = await getQueue(dependencies, name);
  if (queue?.run === undefined || queue.pausedUntil === undefined) return queue?.run;
  const taken = await save(
    dependencies,
    { ...name, running: true, run: fresh },
    pausedAs(queue.run, queue.pausedUntil),
  );
  return taken ? fresh : undefined;
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
  return save(dependencies, releasedQueue(dependencies, name, run, wanted), ownedBy(run));
}

/** As {@link releaseQueue}, and removes the backlog that an earlier round stored: everything is delivered. */
export async function releaseRecoveredQueue(
  dependencies: Dependencies,
  name: QueueName,
  run: string,
): Promise<boolean> {
  const queue = putQueue(dependencies, releasedQueue(dependencies, name, run, false), ownedBy(run));
  return (await commit(dependencies, [queue, removeBacklog(dependencies, name)])) === 'committed';
}

/**
 * Stores what the run leaves until its next attempt.
 * @returns `false` when the queue belongs to another run.
 */
export async function pauseQueue(
  dependencies: Dependencies,
  name: QueueName,
  run: string,
  backlog: QueueBacklog,
): Promise<boolean> {
  const paused = { ...name, running: true, run, pausedUntil: backlog.nextAttemptAt };
  const writes = [putQueue(dependencies, paused, ownedBy(run)), putBacklog(dependencies, name, backlog)];
  return (await commit(dependencies, writes)) === 'committed';
}

/** Ends the pause of the run. @returns `false` when another run took the queue. */
export function resumeQueue(
  dependencies: Dependencies,
  name: QueueName,
  run: string,
  pausedUntil: string,
): Promise<boolean> {
  return save(dependencies, { ...name, running: true, run }, pausedAs(run, pausedUntil));
}

function releasedQueue(dependencies: Dependencies, name: QueueName, run: string, wanted: boolean): StoredQueue {
  const expiresAtSeconds = expiryAfter(dependencies, IDLE_KEPT_SECONDS);
  const more = wanted ? { [QUEUE_WANTED]: run } : { expiresAtSeconds };
  return { ...name, running: false, run, ...more };
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

const ownedBy = (run: string): Condition => ['run = :run', { ':run': run }];
const pausedAs = (run: string, until: string): Condition => [
  'run = :run AND pausedUntil = :until',
  { ':run': run, ':until': until },
];

function putQueue(dependencies: Dependencies, item: StoredQueue, [expression, values]: Condition) {
  return {
    Put: {
      TableName: dependencies.tableName,
      Item: { ...deliveryQueueKey(item.endpoint, item.queue), ...item },
      ConditionExpression: expression,
      ExpressionAttributeValues: values,
    },
  } satisfies Write;
}

async function save(dependencies: Dependencies, item: StoredQueue, condition: Condition): Promise<boolean> {
  return (await commitSingle(dependencies, putQueue(dependencies, item, condition))) === 'committed';
}
