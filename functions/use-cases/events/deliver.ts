import type { DeliveryExecution, DeliveryTaskResult } from '../../../contract/tasks.ts';
import type { Dependencies, PostOutcome, WebhookSender } from '../../dependencies.ts';
import {
  deleteDeliveries,
  markDelivered,
  markFailed,
  moveToDeadLetters,
  pendingDeliveries,
  type QueuedDelivery,
} from '../../store/delivery-item.ts';
import { getQueue, reclaimQueue, releaseQueue } from '../../store/delivery-queue.ts';
import { changeEventEndpoint, type EventEndpoint, getEventEndpoint } from '../../store/event-endpoint-item.ts';
import { inParallel } from '../in-parallel.ts';
import { byLane } from './consume.ts';
import { messageHeaders, PING } from './message.ts';
import { pauseAfter } from './retry-schedule.ts';

/** Connections to one endpoint at once, for one queue. */
const LANES_AT_ONCE = 12;
/** A round begins no delivery after this time, so that it ends well within the function's own limit. */
const ROUND_MILLISECONDS = 60_000;
/** A round is some ten events of an execution's history, which ends at 25,000. */
const MAX_ROUNDS = 1_000;
const GONE = 410;

export interface DeliveryPorts {
  readonly dependencies: () => Dependencies;
  readonly courier: WebhookSender;
  /** Multiplies the pauses between attempts; 1 unless given. For tests. */
  readonly pauseScale?: number;
}

/** The delivery workflow's one task: a round over the queue, delivering what is due. */
export function createDeliveryHandler(ports: DeliveryPorts): (run: DeliveryExecution) => Promise<DeliveryTaskResult> {
  return (run) => deliverRound(ports, run);
}

async function deliverRound(ports: DeliveryPorts, run: DeliveryExecution): Promise<DeliveryTaskResult> {
  const dependencies = ports.dependencies();
  const queue = await getQueue(dependencies, run);
  if (queue?.run !== run.run) return { status: 'done' };
  // Stopped after it had let go: what was queued since is somebody's, perhaps ours.
  if (!queue.running && !(await reclaimQueue(dependencies, queueOf(run), run.run))) return { status: 'done' };

  let pending = await deliverDue(ports, dependencies, run);
  if (pending.length === 0) {
    if (!(await releaseQueue(dependencies, queueOf(run), run.run, false))) return { status: 'done' };
    // Who queues something looks for a run afterwards. If he saw this one still at work, it is here now.
    pending = await pendingDeliveries(dependencies, run);
    if (pending.length === 0 || !(await reclaimQueue(dependencies, queueOf(run), run.run))) return { status: 'done' };
  } else if (run.rounds + 1 >= MAX_ROUNDS) {
    await releaseQueue(dependencies, queueOf(run), run.run, true);
    return { status: 'done' };
  }
  return { status: 'wait', until: earliest(dependencies, pending), input: { ...run, rounds: run.rounds + 1 } };
}

const queueOf = ({ endpoint, queue }: DeliveryExecution) => ({ endpoint, queue });

/** When the first of the lanes can go on. */
function earliest(dependencies: Dependencies, pending: readonly QueuedDelivery[]): string {
  const now = dependencies.now().toISOString();
  const [first = now] = [...byLane(pending).values()].map(([head]) => head?.nextAttemptAt ?? now).sort();
  return first;
}

/** Delivers what is due. @returns what is left. */
async function deliverDue(
  ports: DeliveryPorts,
  dependencies: Dependencies,
  run: DeliveryExecution,
): Promise<QueuedDelivery[]> {
  const pending = await pendingDeliveries(dependencies, run);
  if (pending.length === 0) return [];
  const endpoint = await getEventEndpoint(dependencies, run.endpoint);
  if (endpoint === undefined) {
    await deleteDeliveries(dependencies, pending);
    return [];
  }
  const until = dependencies.now().getTime() + ROUND_MILLISECONDS;
  const round: Round = { ports, dependencies, endpoint, until, gone: false };
  const left: QueuedDelivery[] = [];
  await inParallel(byLane(pending).values(), LANES_AT_ONCE, async (lane) => {
    left.push(...(await deliverLane(round, lane)));
  });
  return left;
}

interface Round {
  readonly ports: DeliveryPorts;
  readonly dependencies: Dependencies;
  readonly endpoint: EventEndpoint;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** The endpoint has answered 410 in this round. */
  gone: boolean;
}

/** One delivery after the other, up to the first that fails and will be tried again. @returns what is left. */
async function deliverLane(round: Round, lane: readonly QueuedDelivery[]): Promise<readonly QueuedDelivery[]> {
  for (const [index, delivery] of lane.entries()) {
    const now = round.dependencies.now();
    const waits = delivery.nextAttemptAt !== undefined && delivery.nextAttemptAt > now.toISOString();
    if (waits || now.getTime() >= round.until) return lane.slice(index);
    const failed = await attempt(round, delivery);
    if (failed !== undefined) return [failed, ...lane.slice(index + 1)];
  }
  return [];
}

/** @returns the delivery if it has to be tried again. */
async function attempt(round: Round, delivery: QueuedDelivery): Promise<QueuedDelivery | undefined> {
  const { ports, dependencies, endpoint } = round;
  if (delivery.type !== PING && (round.gone || endpoint.disabled !== undefined)) {
    await moveToDeadLetters(dependencies, { ...delivery, error: 'the endpoint is disabled' });
    return undefined;
  }
  const outcome = await ports.courier.post({
    url: endpoint.url,
    headers: messageHeaders(endpoint, delivery.event, delivery.body, dependencies.now()),
    body: delivery.body,
  });
  const error = faultOf(outcome);
  if (outcome.kind === 'answered' && outcome.status === GONE) {
    round.gone = true;
    await disable(dependencies, endpoint.id);
  }
  const tried: QueuedDelivery = {
    ...delivery,
    attempts: delivery.attempts + 1,
    ...(error === undefined ? {} : { error }),
  };
  if (delivery.type === PING) {
    await reportPing(dependencies, delivery, error);
    await markDelivered(dependencies, tried);
    return undefined;
  }
  if (error === undefined) {
    await markDelivered(dependencies, tried);
    return undefined;
  }
  const [byte = 0] = dependencies.random(1);
  const pause = round.gone ? undefined : pauseAfter(tried.attempts, byte / 255);
  if (pause === undefined) {
    await moveToDeadLetters(dependencies, tried);
    return undefined;
  }
  const nextAttemptAt = new Date(dependencies.now().getTime() + pause * (ports.pauseScale ?? 1)).toISOString();
  const failed: QueuedDelivery = { ...tried, nextAttemptAt };
  await markFailed(dependencies, failed);
  return failed;
}

/** Fit to be shown; `undefined` when it was taken. A redirect is not followed: it could lead where nobody may go. */
function faultOf(outcome: PostOutcome): string | undefined {
  if (outcome.kind === 'failed') return outcome.error;
  if (outcome.status >= 200 && outcome.status < 300) return undefined;
  return outcome.status >= 300 && outcome.status < 400
    ? `answered ${outcome.status}, and redirects are not followed`
    : `answered ${outcome.status}`;
}

async function disable(dependencies: Dependencies, id: string): Promise<void> {
  const at = dependencies.now().toISOString();
  await changeEventEndpoint(dependencies, id, (endpoint) =>
    endpoint.disabled === undefined ? { ...endpoint, disabled: { at, cause: 'gone' } } : endpoint,
  );
}

async function reportPing(
  dependencies: Dependencies,
  { event, endpoint }: QueuedDelivery,
  error: string | undefined,
): Promise<void> {
  const at = dependencies.now().toISOString();
  const lastPing =
    error === undefined
      ? { id: event, at, outcome: 'delivered' as const }
      : { id: event, at, outcome: 'failed' as const, error };
  await changeEventEndpoint(dependencies, endpoint, (known) => ({ ...known, lastPing }));
}
