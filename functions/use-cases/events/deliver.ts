import { DEAD_LETTER } from '../../../contract/table.ts';
import type { DeliveryExecution, DeliveryTaskResult } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import type { DeliveryAttempt, QueueBacklog } from '../../../domain/endpoint-health.ts';
import type { Dependencies, PostOutcome, WebhookSender } from '../../dependencies.ts';
import {
  deleteDeliveries,
  markDelivered,
  markFailed,
  moveToDeadLetters,
  pendingDeliveries,
  type QueuedDelivery,
} from '../../store/delivery-item.ts';
import {
  getQueue,
  pauseQueue,
  reclaimQueue,
  releaseQueue,
  releaseRecoveredQueue,
  resumeQueue,
} from '../../store/delivery-queue.ts';
import { type DeliveryTarget, getDeliveryTarget, recordAttempts } from '../../store/endpoint-health-item.ts';
import { changeEventEndpoint, type EventEndpoint } from '../../store/event-endpoint-item.ts';
import { inParallel } from '../in-parallel.ts';
import { groupByLane } from './consume.ts';
import { messageHeaders, PING } from './message.ts';
import { pauseAfter } from './retry-schedule.ts';

/** Connections of one queue to its endpoint. */
const LANES_AT_ONCE = 12;
/** A round starts no delivery after this time, so that it ends well within the function's timeout. */
const ROUND_MILLISECONDS = 60_000;
/** A round adds about ten events to the execution's history, which Step Functions limits to 25,000. */
const MAX_ROUNDS = 1_000;
/** The endpoint answers 410 when it wants no events any more. */
const GONE = 410;

export interface DeliveryPorts {
  readonly dependencies: () => Dependencies;
  readonly sender: WebhookSender;
  /** Multiplies the pauses between attempts; 1 unless given. For tests. */
  readonly pauseScale?: number;
}

/** Creates the delivery workflow's only task: it makes the due deliveries of one queue. */
export function createDeliveryHandler(ports: DeliveryPorts): (run: DeliveryExecution) => Promise<DeliveryTaskResult> {
  return (run) => deliverRound(ports, run);
}

async function deliverRound(ports: DeliveryPorts, run: DeliveryExecution): Promise<DeliveryTaskResult> {
  const dependencies = ports.dependencies();
  const queue = await getQueue(dependencies, run);
  if (queue?.run !== run.run) return { status: 'done' };
  const name = queueOf(run);
  // A retry of a task that crashed after it released the queue: take the queue again, unless another run has it.
  if (!queue.running && !(await reclaimQueue(dependencies, name, run.run))) return { status: 'done' };
  const { pausedUntil } = queue;
  if (pausedUntil !== undefined && !(await resumeQueue(dependencies, name, run.run, pausedUntil)))
    return { status: 'done' };

  const target = await getDeliveryTarget(dependencies, name);
  let pending = await deliverDue(ports, dependencies, run, target);
  if (pending.length === 0) {
    const release = target.hasBacklog ? releaseRecoveredQueue : releaseQueue;
    if (!(await release(dependencies, name, run.run, false))) return { status: 'done' };
    // Read again: a delivery that was queued before the release started no other run.
    pending = await pendingDeliveries(dependencies, run);
    if (pending.length === 0 || !(await reclaimQueue(dependencies, name, run.run))) return { status: 'done' };
  } else if (run.rounds + 1 >= MAX_ROUNDS) {
    await releaseQueue(dependencies, name, run.run, true);
    return { status: 'done' };
  } else {
    if (!(await pauseQueue(dependencies, name, run.run, backlogOf(dependencies, pending)))) return { status: 'done' };
    // Read again: a delivery that was queued before the pause started no other run.
    pending = await pendingDeliveries(dependencies, run);
  }
  return { status: 'wait', until: nextAttemptAt(dependencies, pending), input: { ...run, rounds: run.rounds + 1 } };
}

const queueOf = ({ endpoint, queue }: DeliveryExecution) => ({ endpoint, queue });

/** When the first delivery of any lane is due: RFC 3339, UTC. */
function nextAttemptAt(dependencies: Dependencies, pending: readonly QueuedDelivery[]): string {
  const now = dependencies.now().toISOString();
  const [first = now] = [...groupByLane(pending).values()].map(([head]) => head?.nextAttemptAt ?? now).sort();
  return first;
}

/** What a round leaves, for the endpoint's health. */
function backlogOf(dependencies: Dependencies, pending: readonly QueuedDelivery[]): QueueBacklog {
  const [since = dependencies.now().toISOString()] = pending.map(({ at }) => at).sort();
  return {
    events: pending.length,
    since,
    nextAttemptAt: nextAttemptAt(dependencies, pending),
    retried: pending.some(({ attempts }) => attempts > 0),
  };
}

/** Makes the due deliveries. @returns the deliveries that are left. */
async function deliverDue(
  ports: DeliveryPorts,
  dependencies: Dependencies,
  run: DeliveryExecution,
  { endpoint, attempts: known }: DeliveryTarget,
): Promise<QueuedDelivery[]> {
  const pending = await pendingDeliveries(dependencies, run);
  if (pending.length === 0) return [];
  if (endpoint === undefined) {
    await deleteDeliveries(dependencies, pending);
    return [];
  }
  const until = dependencies.now().getTime() + ROUND_MILLISECONDS;
  const round: Round = { ports, dependencies, endpoint, until, attempts: [], gone: false };
  const left: QueuedDelivery[] = [];
  await inParallel(groupByLane(pending).values(), LANES_AT_ONCE, async (lane) => {
    left.push(...(await deliverLane(round, lane)));
  });
  await recordAttempts(dependencies, endpoint.id, known, round.attempts);
  return left;
}

interface Round {
  readonly ports: DeliveryPorts;
  readonly dependencies: Dependencies;
  readonly endpoint: EventEndpoint;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly attempts: DeliveryAttempt[];
  /** Whether the endpoint has answered 410 in this round. */
  gone: boolean;
}

/** Makes a lane's deliveries in order, up to the first that fails and is retried later. @returns the deliveries that are left. */
async function deliverLane(round: Round, lane: readonly QueuedDelivery[]): Promise<readonly QueuedDelivery[]> {
  for (const [index, delivery] of lane.entries()) {
    const now = round.dependencies.now();
    const waits = delivery.nextAttemptAt !== undefined && delivery.nextAttemptAt > now.toISOString();
    if (waits || now.getTime() >= round.until) return lane.slice(index);
    const failed = await deliver(round, delivery);
    if (failed !== undefined) return [failed, ...lane.slice(index + 1)];
  }
  return [];
}

/** Makes one attempt and stores its result. @returns the delivery if it is retried later. */
async function deliver(round: Round, delivery: QueuedDelivery): Promise<QueuedDelivery | undefined> {
  const { dependencies, endpoint } = round;
  const isPing = delivery.type === PING;
  if (!isPing && (round.gone || endpoint.disabled !== undefined)) {
    await bury(dependencies, { ...delivery, error: 'the endpoint is disabled' });
    return undefined;
  }
  const error = await post(round, delivery);
  const tried: QueuedDelivery = { ...delivery, attempts: delivery.attempts + 1, ...defined({ error }) };
  if (isPing) await recordPing(dependencies, delivery, error);
  if (isPing || error === undefined) {
    await markDelivered(dependencies, tried);
    return undefined;
  }
  return retryLater(round, tried);
}

/** Posts the event. Disables the endpoint if it answers 410. @returns the error to show; `undefined` if it was delivered. */
async function post(round: Round, { event, body }: QueuedDelivery): Promise<string | undefined> {
  const { ports, dependencies, endpoint } = round;
  const headers = messageHeaders(endpoint, event, body, dependencies.now());
  const outcome = await ports.sender.post({ url: endpoint.url, headers, body });
  if (outcome.kind === 'answered' && outcome.status === GONE) {
    round.gone = true;
    await disable(dependencies, endpoint.id);
  }
  const error = deliveryError(outcome);
  round.attempts.push({ at: dependencies.now().toISOString(), ...defined({ error }) });
  return error;
}

/** A redirect is an error: it could lead to an address that is not allowed. */
function deliveryError(outcome: PostOutcome): string | undefined {
  if (outcome.kind === 'failed') return outcome.error;
  if (outcome.status >= 200 && outcome.status < 300) return undefined;
  return outcome.status >= 300 && outcome.status < 400
    ? `answered ${outcome.status}, and redirects are not followed`
    : `answered ${outcome.status}`;
}

/** Schedules the next attempt; after the last one, or after 410, moves the delivery to the dead letters. */
async function retryLater(round: Round, tried: QueuedDelivery): Promise<QueuedDelivery | undefined> {
  const { ports, dependencies } = round;
  const [byte = 0] = dependencies.random(1);
  const pause = round.gone ? undefined : pauseAfter(tried.attempts, byte / 255);
  if (pause === undefined) {
    await bury(dependencies, tried);
    return undefined;
  }
  const due = new Date(dependencies.now().getTime() + pause * (ports.pauseScale ?? 1));
  const failed: QueuedDelivery = { ...tried, nextAttemptAt: due.toISOString() };
  await markFailed(dependencies, failed);
  return failed;
}

/** The log names the event, never its body. */
async function bury(dependencies: Dependencies, delivery: QueuedDelivery): Promise<void> {
  await moveToDeadLetters(dependencies, delivery);
  const { event, type, endpoint, attempts, error } = delivery;
  dependencies.log.warn(DEAD_LETTER, { event, type, endpoint, attempts, reason: error });
}

async function disable(dependencies: Dependencies, id: string): Promise<void> {
  const at = dependencies.now().toISOString();
  await changeEventEndpoint(dependencies, id, (endpoint) =>
    endpoint.disabled === undefined ? { ...endpoint, disabled: { at, cause: 'gone' } } : endpoint,
  );
}

/** Stores the result of a ping in its endpoint. */
async function recordPing(
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
