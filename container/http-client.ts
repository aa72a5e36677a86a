import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonFault, MAX_UPDATE_FILE_BYTES, parseJson } from '../protocol/index.ts';

/** RFC 9457, as the server tells why it refuses. Members are shown, never trusted. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** The actions that stand in the way of a `manual-conflict`. */
  readonly conflicts?: readonly ActionReason[];
}

/** An action that was not carried out, and why. */
export interface ActionReason {
  readonly action: string;
  readonly license: string;
  readonly reason: string;
}

export type Answered =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** No answer that could be used, after all retries. */
  | { readonly kind: 'unreachable'; readonly detail: string };

export interface HttpOptions {
  /** Seconds for one request and its answer, waiting included; 30 unless said. */
  readonly requestTimeoutSeconds?: number | undefined;
  /** Attempts for one request; 6 unless said. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt, doubled for each one after it; 250 unless said. */
  readonly backoffMilliseconds?: number | undefined;
  /** Told before each pause. */
  readonly onRetry?: ((detail: string, pauseMilliseconds: number) => void) | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** Seconds that the server may wait for what is not there yet (RFC 7240). */
  readonly waitSeconds?: number;
}

const REQUEST_TIMEOUT_SECONDS = 30;
const ATTEMPTS = 6;
const BACKOFF_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 20_000;
/** A busy server and one that broke: every request of this client can be asked again (T4, T5). */
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Room for a whole chain of updates and what is said about it. */
const MAX_ANSWER_BYTES = MAX_UPDATE_FILE_BYTES + 1024 * 1024;
const MAX_ANSWER_DEPTH = 24;

type Attempt =
  | { readonly final: Answered }
  | { readonly retry: Answered; readonly retryAfterMilliseconds?: number | undefined };

/** One request to the vendor's server, repeated while that can help. Never throws for what the network does. */
export async function request(server: string, asked: HttpRequest, options: HttpOptions = {}): Promise<Answered> {
  const attempts = options.attempts ?? ATTEMPTS;
  const backoff = options.backoffMilliseconds ?? BACKOFF_MILLISECONDS;
  for (let attempt = 1; ; attempt++) {
    const result = await attemptOnce(server, asked, options);
    if ('final' in result) return result.final;
    if (attempt >= attempts) return result.retry;
    // Jitter: many containers that were refused at once should not come back at once.
    const pause = Math.max(result.retryAfterMilliseconds ?? 0, backoff * 2 ** (attempt - 1) * (0.5 + Math.random()));
    const bounded = Math.min(pause, LONGEST_PAUSE_MILLISECONDS);
    options.onRetry?.(inWords(result.retry), bounded);
    await sleep(bounded);
  }
}

async function attemptOnce(server: string, asked: HttpRequest, options: HttpOptions): Promise<Attempt> {
  const { method, path, body, waitSeconds } = asked;
  try {
    const response = await fetch(`${server}${path}`, {
      method,
      // Followed redirects would turn a POST into a GET, and could lead anywhere.
      redirect: 'manual',
      headers: {
        accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout((options.requestTimeoutSeconds ?? REQUEST_TIMEOUT_SECONDS) * 1000),
    });
    return await readAnswer(server, response);
  } catch (error) {
    const detail = reasonOf(error);
    const answered: Answered = { kind: 'unreachable', detail: `${server}: ${detail}` };
    // Ports that the Fetch standard blocks stay blocked.
    return detail === 'bad port' ? { final: answered } : { retry: answered };
  }
}

async function readAnswer(server: string, response: Response): Promise<Attempt> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    const location = response.headers.get('location') ?? 'another address';
    return { final: { kind: 'unreachable', detail: `${server} sends elsewhere, to ${location}: use that server` } };
  }
  const bytes = await readBytes(response, MAX_ANSWER_BYTES);
  const json =
    bytes === undefined ? undefined : parseJson(bytes, { maxBytes: MAX_ANSWER_BYTES, maxDepth: MAX_ANSWER_DEPTH });
  if (status >= 200 && status < 300) {
    if (json?.ok) return { final: { kind: 'answer', status, body: json.value } };
    const fault: JsonFault = json === undefined ? 'too-large' : json.code;
    return { final: { kind: 'unreachable', detail: `${server} gave an answer that is no acceptable JSON: ${fault}` } };
  }
  const problem: Answered = { kind: 'problem', problem: readProblem(status, json?.ok ? json.value : undefined) };
  // The server is about to finish something for this container, and says when to come back.
  const isPassing = RETRIED.has(status) || problem.problem.code === 'reprogramming-in-flight';
  return isPassing ? { retry: problem, retryAfterMilliseconds: retryAfter(response) } : { final: problem };
}

async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return new Uint8Array();
  for await (const chunk of response.body) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Seconds or a date (RFC 9110, section 10.2.3). */
function retryAfter(response: Response): number | undefined {
  const text = response.headers.get('retry-after');
  if (text === null) return undefined;
  const milliseconds = /^[0-9]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

function readProblem(status: number, body: unknown): Problem {
  const said: Readonly<Record<string, unknown>> = isObject(body) ? body : {};
  const text = (name: string): string | undefined => {
    const value = said[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const detail = text('detail') ?? text('message');
  return {
    status,
    code: text('code') ?? text('type')?.replace(/^.*\/problems\//, '') ?? `http-${status}`,
    title: text('title') ?? `The server answered with status ${status}`,
    ...(detail === undefined ? {} : { detail }),
    ...(Array.isArray(said.conflicts) ? { conflicts: readActionReasons(said.conflicts) } : {}),
  };
}

/** The items that say an action, a license and a reason; anything else in the list is passed over. */
export function readActionReasons(value: unknown): ActionReason[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!isObject(item)) return [];
    const { action, license, reason } = item;
    if (typeof action !== 'string' || typeof license !== 'string' || typeof reason !== 'string') return [];
    return [{ action, license, reason }];
  });
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  // `fetch failed` says nothing; its cause does.
  const { cause } = error;
  return cause instanceof Error ? cause.message || String(Reflect.get(cause, 'code') ?? cause.name) : error.message;
}

function inWords(answered: Answered): string {
  if (answered.kind === 'unreachable') return answered.detail;
  return answered.kind === 'problem' ? `${answered.problem.title} (${answered.problem.status})` : '';
}
