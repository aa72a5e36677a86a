import type { EndpointName } from '../contract/endpoints.ts';
import { ProblemError, readProblem, UnreachableError } from './errors.ts';
import { pause, reasonOf, retryAfterMilliseconds } from './retry.ts';
import type { Route } from './routes.ts';
import type { Settings } from './settings.ts';
import type { CallOptions } from './types.ts';

/** A request as every endpoint takes it. */
export interface AnyRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

/** A busy server and one that broke: nothing was done, or it is safe to ask again. */
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const LONGEST_PAUSE_MILLISECONDS = 20_000;
/** Room for a whole chain of updates; more is no answer of this server. */
const MAX_ANSWER_CHARACTERS = 64 * 1024 * 1024;

/** The pages that people read; everything else is JSON. */
const TEXTS: ReadonlySet<string> = new Set<EndpointName>(['getDocs', 'getDocsFile']);

type Attempt =
  | { readonly answer: unknown }
  | { readonly final: Error }
  | { readonly again: Error; readonly afterMilliseconds?: number | undefined; readonly lost?: true };

/** One request, repeated while that can help. */
export async function send(
  settings: Settings,
  endpoint: Route,
  request: AnyRequest,
  options: CallOptions,
): Promise<unknown> {
  const headers = headersOf(settings, endpoint, request, options);
  const signal = eitherOf(settings.signal, options.signal);
  let lost = false;
  for (let number = 1; ; number++) {
    signal?.throwIfAborted();
    const result = await attempt(settings, endpoint, request, { ...options, headers, signal });
    if ('answer' in result) return result.answer;
    if ('final' in result) throw lost ? told(result.final) : result.final;
    lost ||= result.lost === true;
    const backoff = settings.backoffMilliseconds * 2 ** (number - 1) * (0.5 + Math.random());
    const wanted = Math.max(result.afterMilliseconds ?? 0, backoff);
    // A server that wants to be left alone for minutes is for its caller to decide about.
    if (number >= settings.attempts || (result.afterMilliseconds ?? 0) > LONGEST_PAUSE_MILLISECONDS) throw result.again;
    const pauseMilliseconds = Math.min(wanted, LONGEST_PAUSE_MILLISECONDS);
    settings.onRetry({ endpoint: endpoint.name, attempt: number, reason: result.again.message, pauseMilliseconds });
    await pause(pauseMilliseconds, signal);
  }
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other]);
}

function told(error: Error): Error {
  return error instanceof ProblemError ? new ProblemError(error, true) : error;
}

/** Made once for all attempts, so that the key of the first is the key of the last. */
function headersOf(
  { token }: Settings,
  endpoint: Route,
  { body }: AnyRequest,
  { waitSeconds, idempotencyKey, ifMatch, ifNoneMatch, headers }: CallOptions,
): Record<string, string> {
  const isKeyed = endpoint.method === 'POST' && endpoint.scope !== undefined;
  return {
    accept: 'application/json, application/problem+json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined || endpoint.scope === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(isKeyed ? { 'idempotency-key': idempotencyKey ?? newKey() } : {}),
    ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    ...headers,
  };
}

const KEY_BYTES = 16;

/** 128 random bits. `randomUUID` is not there on a page that came by plain http. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

async function attempt(
  settings: Settings,
  endpoint: Route,
  request: AnyRequest,
  options: CallOptions,
): Promise<Attempt> {
  const { signal, waitSeconds = 0, headers = {}, onAnswer } = options;
  const { server } = settings;
  const timeout = AbortSignal.timeout((settings.timeoutSeconds + waitSeconds) * 1000);
  const { body } = request;
  let response: Response;
  let text: string | undefined;
  try {
    response = await settings.fetch(`${server}${pathOf(endpoint, request)}`, {
      method: endpoint.method,
      // Followed redirects would turn a POST into a GET, and carry the token anywhere.
      redirect: 'manual',
      headers,
      ...(body === undefined ? {} : { body: endpoint.raw === true ? String(body) : JSON.stringify(body) }),
      signal: eitherOf(signal, timeout) ?? null,
    });
    text = await readText(response);
  } catch (error) {
    if (error instanceof BadParameter) throw error;
    if (signal?.aborted === true) return { final: signal.reason };
    const reason = reasonOf(error);
    const unreached = new UnreachableError(server, `${server}: ${reason}`, { cause: error });
    // Ports that the Fetch standard blocks stay blocked.
    return reason === 'bad port' ? { final: unreached } : { again: unreached, lost: true };
  }
  const { status } = response;
  if (status === 0 || (status >= 300 && status < 400)) {
    const location = response.headers.get('location') ?? 'another address';
    return { final: new UnreachableError(server, `${server} sends elsewhere, to ${location}: use that server`) };
  }
  if (text === undefined) return { final: new UnreachableError(server, `${server} gave an answer that is too large`) };
  if (status >= 200 && status < 300) {
    const parsed = TEXTS.has(endpoint.name) || status === 204 ? { value: text } : parseJson(text);
    if (parsed === undefined) {
      return {
        final: new UnreachableError(server, `${server} gave an answer that is no JSON: is it a Relicense server?`),
      };
    }
    onAnswer?.({ status, headers: response.headers });
    return { answer: parsed.value };
  }
  const problem = readProblem(status, parseJson(text)?.value);
  const refused = new ProblemError(problem);
  // The first request under the key, whose answer was lost, still runs: it will be answered soon.
  const isPassing = RETRIED.has(status) || problem.code === 'idempotency-key-in-use';
  if (!isPassing) return { final: refused };
  const afterMilliseconds = retryAfterMilliseconds(response.headers.get('retry-after'));
  return { again: refused, afterMilliseconds, ...(status >= 500 ? { lost: true } : {}) };
}

class BadParameter extends TypeError {}

function pathOf({ name, path }: Route, { params = {}, query = {} }: AnyRequest): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const value = params[parameter];
    // Without it the request would reach another endpoint.
    if (value === undefined || value === '') throw new BadParameter(`${name} needs params.${parameter}.`);
    // Every URL parser takes these out of a path, however they are written.
    if (value === '.' || value === '..')
      throw new BadParameter(`params.${parameter} cannot be "${value}" in an address.`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}

/** `undefined` when it is too large. */
async function readText(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length <= MAX_ANSWER_CHARACTERS) continue;
    await reader.cancel();
    return undefined;
  }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
