import { type HttpFailure, isObject, sendRequest } from '../protocol/http-client.ts';
import { isCount, MAX_UPDATE_FILE_BYTES, parseJson } from '../protocol/index.ts';

/** A problem document (RFC 9457). Its texts come from the server: show them, never trust them. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** The actions that cause a `manual-conflict`. */
  readonly conflicts?: readonly ActionReason[];
  /** How a container has left the vendor's chain, for `container-diverged`. */
  readonly divergence?: string;
  /** Of a late context: the container's next one must be later than this time, in seconds since 1970 (C1). */
  readonly late?: number;
  /** Why a context is refused, for `invalid-context`. */
  readonly reason?: string;
}

/** An action that was not carried out, and why. */
export interface ActionReason {
  readonly action: string;
  readonly license: string;
  readonly reason: string;
}

export type DepotAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** No usable answer after all retries. */
  | { readonly kind: 'unreachable'; readonly detail: string };

export interface HttpOptions {
  /** Seconds for one request and its answer, waiting included. Default: 30. */
  readonly requestTimeoutSeconds?: number | undefined;
  /** The value of `performance.now()` after which no request is sent or awaited any more. Default: none. */
  readonly deadline?: number | undefined;
  /** Attempts for one request. Default: 6. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt; it doubles with each further attempt. Default: 250. */
  readonly backoffMilliseconds?: number | undefined;
  /** Called before each pause. */
  readonly onRetry?: ((detail: string, pauseMilliseconds: number) => void) | undefined;
}

export interface DepotRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** Seconds that the server may wait for a result that is not ready yet (RFC 7240). */
  readonly waitSeconds?: number;
}

const REQUEST_TIMEOUT_SECONDS = 30;
const ATTEMPTS = 6;
const BACKOFF_MILLISECONDS = 250;
/** Room for a whole chain of updates and the members beside it. */
const MAX_ANSWER_BYTES = MAX_UPDATE_FILE_BYTES + 1024 * 1024;
const JSON_LIMITS = { maxBytes: MAX_ANSWER_BYTES, maxDepth: 24 };

/** Sends one request to the vendor's server and repeats it while that can help. Network failures are results. */
export async function request(server: string, sent: DepotRequest, options: HttpOptions = {}): Promise<DepotAnswer> {
  const { method, path, body, waitSeconds } = sent;
  const result = await sendRequest(
    {
      server,
      path,
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    },
    {
      attempts: options.attempts ?? ATTEMPTS,
      backoffMilliseconds: options.backoffMilliseconds ?? BACKOFF_MILLISECONDS,
      timeoutSeconds: options.requestTimeoutSeconds ?? REQUEST_TIMEOUT_SECONDS,
      deadline: options.deadline,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      parseJson: (bytes) => {
        const json = parseJson(bytes, JSON_LIMITS);
        return json.ok ? json.value : undefined;
      },
      // The server is about to finish a reprogramming of this container, and says when to ask again.
      passingCodes: ['reprogramming-in-flight'],
      onRetry: ({ failure, pauseMilliseconds }) => options.onRetry?.(formatFailure(failure), pauseMilliseconds),
    },
  );
  if (result.kind === 'unreachable') return { kind: 'unreachable', detail: result.detail };
  if (result.kind === 'problem') {
    const { members, ...problem } = result.problem;
    const conflicts = Array.isArray(members.conflicts) ? { conflicts: readActionReasons(members.conflicts) } : {};
    const { divergence, late, reason } = members;
    const more = {
      ...(typeof divergence === 'string' ? { divergence } : {}),
      ...(isCount(late) ? { late } : {}),
      ...(typeof reason === 'string' ? { reason } : {}),
    };
    return { kind: 'problem', problem: { ...problem, ...conflicts, ...more } };
  }
  const json = parseJson(result.bytes, JSON_LIMITS);
  if (json.ok) return { kind: 'answer', status: result.status, body: json.value };
  return { kind: 'unreachable', detail: `${server} sent an answer that is not valid JSON: ${json.code}` };
}

/** The items that have an action, a license and a reason; other items are skipped. */
export function readActionReasons(value: unknown): ActionReason[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!isObject(item)) return [];
    const { action, license, reason } = item;
    if (typeof action !== 'string' || typeof license !== 'string' || typeof reason !== 'string') return [];
    return [{ action, license, reason }];
  });
}

function formatFailure(failure: HttpFailure): string {
  if (failure.kind === 'unreachable') return failure.detail;
  return `${failure.problem.title} (${failure.problem.status})`;
}
