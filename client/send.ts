import type { EndpointName } from '../contract/endpoints.ts';
import { defined } from '../protocol/defined.ts';
import { type HttpFailure, sendRequest } from '../protocol/http-client.ts';
import { requestPath } from '../protocol/request-path.ts';
import { ProblemError, UnreachableError } from './errors.ts';
import type { Route } from './routes.ts';
import type { Settings } from './settings.ts';
import type { CallOptions } from './types.ts';

/** A request as every endpoint takes it. */
export interface AnyRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

/** Room for a whole chain of updates. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The pages for people; all other endpoints answer with JSON. */
const TEXT_ENDPOINTS: ReadonlySet<string> = new Set<EndpointName>(['getDocs', 'getDocsFile']);

/**
 * Sends one request and returns its parsed answer.
 *
 * @throws ProblemError, UnreachableError, or the signal's reason.
 */
export async function send(
  settings: Settings,
  endpoint: Route,
  request: AnyRequest,
  options: CallOptions,
): Promise<unknown> {
  const { server } = settings;
  const { body } = request;
  const result = await sendRequest(
    {
      server,
      path: pathOf(endpoint, request),
      method: endpoint.method,
      headers: headersOf(settings, endpoint, request, options),
      body: body === undefined ? undefined : endpoint.raw === true ? String(body) : JSON.stringify(body),
    },
    {
      attempts: settings.attempts,
      backoffMilliseconds: settings.backoffMilliseconds,
      timeoutSeconds: settings.timeoutSeconds + (options.waitSeconds ?? 0),
      maxAnswerBytes: MAX_ANSWER_BYTES,
      parseJson: (bytes) => parseJson(decode(bytes))?.value,
      // The first request under the key, whose answer was lost, still runs and will be answered soon.
      passingCodes: ['idempotency-key-in-use'],
      // The caller decides about a pause of minutes.
      giveUpOnLongPause: true,
      fetch: settings.fetch,
      signal: anySignal(settings.signal, options.signal),
      onRetry: ({ attempt, failure, pauseMilliseconds }) => {
        const reason = errorOf(server, failure).message;
        settings.onRetry({ endpoint: endpoint.name, attempt, reason, pauseMilliseconds });
      },
    },
  );
  if (result.kind !== 'answer') throw errorOf(server, result);
  const { status, headers, bytes } = result;
  const text = decode(bytes);
  const parsed = TEXT_ENDPOINTS.has(endpoint.name) || status === 204 ? { value: text } : parseJson(text);
  if (parsed === undefined) {
    throw new UnreachableError(server, `${server} sent an answer that is not JSON: is it a Relicense server?`);
  }
  options.onAnswer?.({ status, headers });
  return parsed.value;
}

function errorOf(server: string, failure: HttpFailure): Error {
  if (failure.kind === 'unreachable') return new UnreachableError(server, failure.detail, { cause: failure.cause });
  const { problem, isAfterLostAnswer } = failure;
  return new ProblemError({ ...problem, detail: problem.detail ?? `${problem.title}.` }, isAfterLostAnswer);
}

function anySignal(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other]);
}

/** Made once for all attempts, so that every attempt has the same idempotency key. */
function headersOf(
  { token }: Settings,
  endpoint: Route,
  { body }: AnyRequest,
  { waitSeconds, idempotencyKey, ifMatch, ifNoneMatch, headers }: CallOptions,
): Record<string, string> {
  const isKeyed = endpoint.method === 'POST' && endpoint.scope !== undefined;
  return {
    accept: 'application/json, application/problem+json',
    ...defined({
      'content-type': body === undefined ? undefined : 'application/json',
      authorization: token === undefined || endpoint.scope === undefined ? undefined : `Bearer ${token}`,
      'idempotency-key': isKeyed ? (idempotencyKey ?? newIdempotencyKey()) : undefined,
      prefer: waitSeconds === undefined ? undefined : `wait=${waitSeconds}`,
      'if-match': ifMatch,
      'if-none-match': ifNoneMatch,
    }),
    ...headers,
  };
}

const KEY_BYTES = 16;

/** 128 random bits. `randomUUID` is missing on a page that was loaded over plain http. */
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** @throws TypeError for a parameter that is missing. */
function pathOf({ name, path }: Route, { params = {}, query = {} }: AnyRequest): string {
  for (const [, parameter = ''] of path.matchAll(/\{(\w+)\}/g)) {
    if (params[parameter] === undefined || params[parameter] === '') {
      throw new TypeError(`${name} needs params.${parameter}.`);
    }
  }
  return requestPath(path, params, query);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
