/**
 * The HTTP client that the vendor's client and the container share: retries, time-outs, `Retry-After` and problem
 * documents. It uses `fetch` only, so it runs in Node and in browsers.
 */

export interface HttpRequest {
  /** The server's base address. It is named in every failure, so that the path and its ids are not. */
  readonly server: string;
  /** Path and query. */
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpOptions {
  /** Attempts in all, at least 1. */
  readonly attempts: number;
  /** Pause before the second attempt; it doubles with each further attempt. */
  readonly backoffMilliseconds: number;
  /** For one attempt: the request and its whole answer. */
  readonly timeoutSeconds: number;
  /** The value of `performance.now()` after which nothing is sent or awaited any more, retries included. */
  readonly deadline?: number | undefined;
  readonly maxAnswerBytes: number;
  /** Parses the body of a problem document; returns `undefined` when it is not JSON. */
  readonly parseJson: (bytes: Uint8Array) => unknown;
  /** Codes of problems that pass by themselves. Statuses such as 429 and 503 are always retried. */
  readonly passingCodes: readonly string[];
  /** Gives up when `Retry-After` asks for a longer pause than 20 seconds. Otherwise it pauses for 20 seconds. */
  readonly giveUpOnLongPause?: boolean;
  readonly fetch?: typeof fetch | undefined;
  /** Ends the request and its retries. */
  readonly signal?: AbortSignal | undefined;
  /** Called before each pause. */
  readonly onRetry?: ((retry: HttpRetry) => void) | undefined;
}

export interface HttpRetry {
  /** The number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly failure: HttpFailure;
  readonly pauseMilliseconds: number;
}

/** A problem document (RFC 9457). Its texts come from the server: show them, never trust them. */
export interface ProblemDocument {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** The other members, such as `dependents` or `errors`. */
  readonly members: Readonly<Record<string, unknown>>;
}

export type HttpFailure =
  | {
      readonly kind: 'problem';
      readonly problem: ProblemDocument;
      /** An earlier attempt got no answer, so the server may have carried the request out already. */
      readonly isAfterLostAnswer: boolean;
    }
  /** No usable answer: not reached, too slow, a redirect or too large. */
  | { readonly kind: 'unreachable'; readonly detail: string; readonly cause?: unknown };

export type HttpResult =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly bytes: Uint8Array }
  | HttpFailure;

/** A busy or broken server. Every request of these clients is safe to repeat (T4, T5). */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const LONGEST_PAUSE_MILLISECONDS = 20_000;

type Attempt =
  | { readonly result: HttpResult; readonly canRetry: false }
  | {
      readonly result: HttpFailure;
      readonly canRetry: true;
      readonly retryAfterMilliseconds?: number | undefined;
      /** The server may have carried the request out. */
      readonly isAnswerLost: boolean;
    };

/**
 * Sends a request and repeats it while that can help. Pauses grow and are random, so that many clients that were refused at
 * once do not return at once. Network failures are results.
 *
 * @throws the signal's reason when the signal is aborted.
 */
export async function sendRequest(request: HttpRequest, options: HttpOptions): Promise<HttpResult> {
  const { signal } = options;
  let isAnswerLost = false;
  for (let number = 1; ; number++) {
    signal?.throwIfAborted();
    const attempt = await attemptOnce(request, options);
    const { result } = attempt;
    if (!attempt.canRetry) return result.kind === 'problem' ? { ...result, isAfterLostAnswer: isAnswerLost } : result;
    isAnswerLost ||= attempt.isAnswerLost;
    const retryAfter = attempt.retryAfterMilliseconds ?? 0;
    const isTooLong = options.giveUpOnLongPause === true && retryAfter > LONGEST_PAUSE_MILLISECONDS;
    if (number >= options.attempts || isTooLong) return result;
    const backoff = options.backoffMilliseconds * 2 ** (number - 1) * (0.5 + Math.random());
    const pauseMilliseconds = Math.min(Math.max(retryAfter, backoff), LONGEST_PAUSE_MILLISECONDS);
    if (millisecondsLeft(options) <= pauseMilliseconds) return result;
    options.onRetry?.({ attempt: number, failure: attempt.result, pauseMilliseconds });
    await pause(pauseMilliseconds, signal);
  }
}

/** Milliseconds to the deadline, at least 0; infinite without a deadline. */
function millisecondsLeft({ deadline }: HttpOptions): number {
  return deadline === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Math.ceil(deadline - performance.now()));
}

async function attemptOnce(request: HttpRequest, options: HttpOptions): Promise<Attempt> {
  const { server, path, method, headers, body } = request;
  const { signal } = options;
  const timeout = AbortSignal.timeout(Math.min(options.timeoutSeconds * 1000, millisecondsLeft(options)));
  // Looked up at the call: in a browser `fetch` must be called as a method of the window.
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  try {
    const response = await send(`${server}${path}`, {
      method,
      // A followed redirect would turn a POST into a GET, and could carry the token to any server.
      redirect: 'manual',
      headers,
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return await readResponse(server, response, options);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const reason = formatNetworkError(error);
    const result: HttpFailure = { kind: 'unreachable', detail: `${server}: ${reason}`, cause: error };
    // The Fetch standard blocks some ports, so a retry would fail as well.
    return reason === 'bad port' ? { result, canRetry: false } : { result, canRetry: true, isAnswerLost: true };
  }
}

async function readResponse(server: string, response: Response, options: HttpOptions): Promise<Attempt> {
  const { status, headers } = response;
  // Browsers hide a redirect: its status is 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    const location = headers.get('location') ?? 'another address';
    const detail = `${server} redirects to ${location}: use that server`;
    return { result: { kind: 'unreachable', detail }, canRetry: false };
  }
  const bytes = await readBytes(response, options.maxAnswerBytes);
  if (status >= 200 && status < 300) {
    if (bytes !== undefined) return { result: { kind: 'answer', status, headers, bytes }, canRetry: false };
    return {
      result: { kind: 'unreachable', detail: `${server} sent an answer that is too large (too-large)` },
      canRetry: false,
    };
  }
  const problem = readProblem(status, bytes === undefined ? undefined : options.parseJson(bytes));
  const result: HttpFailure = { kind: 'problem', problem, isAfterLostAnswer: false };
  if (!RETRIED_STATUSES.has(status) && !options.passingCodes.includes(problem.code)) return { result, canRetry: false };
  const retryAfterMilliseconds = parseRetryAfter(headers.get('retry-after'));
  return { result, canRetry: true, retryAfterMilliseconds, isAnswerLost: status >= 500 };
}

/** `undefined` when the body is longer than `maxBytes`. */
async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

const STANDARD_MEMBERS: ReadonlySet<string> = new Set(['type', 'code', 'status', 'title', 'detail']);

/** Reads a problem from an unsuccessful answer. A gateway's answer has no code: it gets `http-<status>`. */
function readProblem(status: number, body: unknown): ProblemDocument {
  const document: Readonly<Record<string, unknown>> = isObject(body) ? { ...body } : {};
  const text = (name: string): string | undefined => {
    const value = document[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const detail = text('detail') ?? text('message');
  return {
    status,
    code: text('code') ?? text('type')?.replace(/^.*\/problems\//, '') ?? `http-${status}`,
    title: text('title') ?? `The server answered with status ${status}`,
    ...(detail === undefined ? {} : { detail }),
    members: Object.fromEntries(Object.entries(document).filter(([name]) => !STANDARD_MEMBERS.has(name))),
  };
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Retry-After` in milliseconds from now: seconds or a date (RFC 9110, section 10.2.3). */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^[0-9]+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

function formatNetworkError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  // The message is always `fetch failed`; the cause names the reason.
  let { cause } = error;
  // Of a refusing proxy only the innermost cause says what happened.
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message || String(Reflect.get(cause, 'code') ?? cause.name) : error.message;
}

/** Rejects at once with the signal's reason when the signal is aborted. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
