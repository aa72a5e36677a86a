import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { canonicalJson } from '../../../protocol/index.ts';
import { type Attempt, deriveFrom } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { idempotencyKey } from '../../store/keys.ts';
import { getItem } from '../../store/queries.ts';
import { commit, putRevision } from '../../store/transactions.ts';
import type { Answer } from '../http/answer.ts';
import type { Caller } from '../http/caller.ts';
import { problem, refuse } from '../http/problem.ts';
import { decrypt, ENCRYPTION_KEY_BYTES, encrypt } from './encryption.ts';

const answerItem = z.object({
  request: z.string(),
  startedAt: z.string(),
  /** Random, not secret, and the same in every attempt, which derive their ids from it. */
  salt: z.string(),
  /** The attempt has ended without an answer to store: the next attempt can start. */
  ended: z.optional(z.boolean()),
  answer: z.optional(z.instanceof(Uint8Array)),
  revision: z.int(),
});

/** An attempt as it is stored. */
interface StoredAttempt {
  readonly request: string;
  readonly startedAt: string;
  readonly salt: string;
  readonly expiresAtSeconds: number;
  readonly ended?: boolean;
  readonly answer?: Uint8Array;
}

const storedAnswer = z.object({
  status: z.int(),
  body: z.optional(z.unknown()),
  headers: z.optional(z.record(z.string(), z.string())),
});

const KEPT_SECONDS = 30 * 24 * 3600;
/** No request runs longer than API Gateway waits; an older attempt has crashed. */
const RUNNING_MILLISECONDS = 60_000;
const MAX_KEY_CHARACTERS = 255;
const SALT_BYTES = 16;
/** A larger answer is not stored. The operations with such answers find their earlier work when they run again (T5). */
const MAX_ANSWER_BYTES = 300_000;

/** A request under an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). */
export interface KeyedRequest {
  readonly caller: Caller;
  readonly key: string;
  readonly route: string;
  readonly request: object;
}

/**
 * Runs the operation once per key. For 30 days, the same request gets the same answer. A different request with the key is
 * refused (422), and so is a request while the first one is running (409). An answer with status 500 or above, or with
 * `Retry-After`, is not stored: the next request runs the operation again. It derives the same bytes (`Attempt`), because the
 * earlier attempt can have committed a part of its work.
 */
export async function withIdempotencyKey(
  dependencies: Dependencies,
  keyed: KeyedRequest,
  work: (attempt: Attempt) => Promise<Answer>,
): Promise<Answer> {
  if (!/^[\x21-\x7e]+$/.test(keyed.key) || keyed.key.length > MAX_KEY_CHARACTERS) {
    const message = `must be 1 to ${MAX_KEY_CHARACTERS} visible ASCII characters`;
    return refuse({ code: 'invalid-request', errors: [{ path: 'header.idempotency-key', message }] });
  }
  const key = idempotencyKey(keyed.caller.id, createHash('sha256').update(keyed.key).digest('base64url'));
  const request = digestOf(keyed);
  const item = await getItem(dependencies, key);
  const known = item === undefined ? undefined : answerItem.parse(item);
  if (known !== undefined) {
    if (known.request !== request) {
      return problem('idempotency-key-reused', 'This Idempotency-Key was used for a different request before.');
    }
    if (known.answer !== undefined)
      return parsed(decrypt(known.answer, encryptionKey(derivationOf(keyed, known.salt))));
    if (known.ended !== true && isRunning(dependencies, known.startedAt)) return stillRunning();
  }
  const now = dependencies.now();
  const started: StoredAttempt = {
    request,
    startedAt: now.toISOString(),
    salt: known?.salt ?? Buffer.from(dependencies.random(SALT_BYTES)).toString('base64url'),
    expiresAtSeconds: Math.floor(now.getTime() / 1000) + KEPT_SECONDS,
  };
  const read = known?.revision ?? 0;
  if ((await commit(dependencies, [putRevision(dependencies, key, started, read)])) === 'refused')
    return stillRunning();
  // Refused if another attempt started because this one took too long: the other attempt's answer is stored.
  const end = async (kept: StoredAttempt): Promise<void> =>
    void (await commit(dependencies, [putRevision(dependencies, key, kept, read + 1)]));
  const deriveBytes = derivationOf(keyed, started.salt);
  try {
    const answer = await work({ deriveBytes, isRetry: known !== undefined });
    const text = JSON.stringify(answer);
    await end(
      isKept(answer, text)
        ? { ...started, answer: encrypt(text, encryptionKey(deriveBytes), dependencies.random) }
        : ended(started),
    );
    return answer;
  } catch (error) {
    // Throws the error of the operation, not that of this write: the key is free a minute after the start in any case.
    await end(ended(started)).catch(() => undefined);
    throw error;
  }
}

/**
 * Derives bytes from the caller's secret, which the server does not store. So the table has no readable answer, which could
 * contain a new token, and no key to decrypt one.
 */
function derivationOf({ caller, key }: KeyedRequest, salt: string): Attempt['deriveBytes'] {
  return deriveFrom(`${caller.secret} ${key}`, salt);
}

function encryptionKey(deriveBytes: Attempt['deriveBytes']): Uint8Array {
  return deriveBytes('the key that seals the answer', ENCRYPTION_KEY_BYTES);
}

function parsed(text: string): Answer {
  return storedAnswer.parse(JSON.parse(text)) as Answer;
}

function isRunning(dependencies: Dependencies, startedAt: string): boolean {
  return dependencies.now().getTime() - Date.parse(startedAt) < RUNNING_MILLISECONDS;
}

function isKept({ status, headers }: Answer, text: string): boolean {
  return status < 500 && headers?.['retry-after'] === undefined && Buffer.byteLength(text) <= MAX_ANSWER_BYTES;
}

function ended(started: StoredAttempt): StoredAttempt {
  return { ...started, ended: true };
}

function digestOf({ route, request }: KeyedRequest): string {
  const { params, query, body } = request as Record<string, unknown>;
  return createHash('sha256').update(canonicalJson({ route, params, query, body })).digest('base64url');
}

function stillRunning(): Answer {
  return problem(
    'idempotency-key-in-use',
    'The first request with this Idempotency-Key is still running.',
    {},
    { 'retry-after': '1' },
  );
}
