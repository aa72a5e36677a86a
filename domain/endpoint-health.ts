/** What the attempts to deliver to an event endpoint say about its health. Times are RFC 3339 UTC. */

/** One answered or failed request to the endpoint. */
export interface DeliveryAttempt {
  readonly at: string;
  /** Absent if the endpoint answered 2xx. */
  readonly error?: string;
}

export interface EndpointAttempts {
  readonly lastSuccessAt?: string;
  readonly lastError?: { readonly at: string; readonly error: string };
  /** The first error after the last success. Absent: the last attempt succeeded, or there was none. */
  readonly failingSince?: string;
}

/** The events of one queue that its last round left. */
export interface QueueBacklog {
  readonly events: number;
  /** When the oldest of them happened. */
  readonly since: string;
  readonly nextAttemptAt: string;
  /** Whether an attempt for one of them has failed. */
  readonly retried: boolean;
}

/**
 * - `untried`: nothing was sent yet.
 * - `healthy`: the last attempt succeeded, and no event waits for another attempt.
 * - `retrying`: the last attempt succeeded, but events that failed before still wait.
 * - `failing`: the last attempt failed.
 */
export type HealthStatus = 'untried' | 'healthy' | 'retrying' | 'failing';

export interface EndpointHealth extends EndpointAttempts {
  readonly status: HealthStatus;
  readonly backlog: { readonly events: number; readonly since?: string };
  /** The next attempt of any queue. Absent: nothing waits. */
  readonly nextAttemptAt?: string;
}

/** Adds attempts, in any order, also such that ended before the last known one. */
export function addAttempts(known: EndpointAttempts, attempts: readonly DeliveryAttempt[]): EndpointAttempts {
  const inOrder = [...attempts].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  return inOrder.reduce(addAttempt, known);
}

function addAttempt(known: EndpointAttempts, { at, error }: DeliveryAttempt): EndpointAttempts {
  const { lastSuccessAt, lastError, failingSince } = known;
  if (error === undefined) {
    if (lastSuccessAt !== undefined && lastSuccessAt > at) return known;
    const recovered = lastError === undefined || lastError.at <= at;
    const { failingSince: _, ...rest } = known;
    return { ...(recovered ? rest : known), lastSuccessAt: at };
  }
  if (lastError !== undefined && lastError.at > at) return known;
  const fails = lastSuccessAt === undefined || lastSuccessAt <= at;
  return { ...known, lastError: { at, error }, ...(fails ? { failingSince: failingSince ?? at } : {}) };
}

/** A success or an error of a kind that is known already is written at most once in this time. */
const WRITE_INTERVAL_MILLISECONDS = 60_000;

/** Whether a change is worth a write: the health or the kind of error changed, or a time moved by a minute or more. */
export function isWorthWriting(before: EndpointAttempts, after: EndpointAttempts): boolean {
  if ((before.failingSince === undefined) !== (after.failingSince === undefined)) return true;
  if (before.lastError?.error !== after.lastError?.error) return true;
  return (
    isLaterByInterval(before.lastSuccessAt, after.lastSuccessAt) ||
    isLaterByInterval(before.lastError?.at, after.lastError?.at)
  );
}

function isLaterByInterval(before: string | undefined, after: string | undefined): boolean {
  if (after === undefined) return false;
  return before === undefined || Date.parse(after) - Date.parse(before) >= WRITE_INTERVAL_MILLISECONDS;
}

/** The health of an endpoint: its attempts and the backlogs of all its queues. */
export function healthOf(attempts: EndpointAttempts, backlogs: readonly QueueBacklog[]): EndpointHealth {
  const since = earliest(backlogs.map((backlog) => backlog.since));
  const nextAttemptAt = earliest(backlogs.map((backlog) => backlog.nextAttemptAt));
  const events = backlogs.reduce((sum, backlog) => sum + backlog.events, 0);
  return {
    status: statusOf(attempts, backlogs),
    ...attempts,
    backlog: { events, ...(since === undefined ? {} : { since }) },
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
  };
}

function statusOf({ failingSince, lastSuccessAt }: EndpointAttempts, backlogs: readonly QueueBacklog[]): HealthStatus {
  if (failingSince !== undefined) return 'failing';
  if (backlogs.some(({ retried }) => retried)) return 'retrying';
  return lastSuccessAt === undefined ? 'untried' : 'healthy';
}

function earliest(times: readonly string[]): string | undefined {
  return times.reduce<string | undefined>(
    (first, time) => (first === undefined || time < first ? time : first),
    undefined,
  );
}
