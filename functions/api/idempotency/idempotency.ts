import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { canonicalJson } from '../../../protocol/index.ts';
import { type Attempt, deriveFrom } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { idempotencyKey } from '../../store/keys.ts';
import { getItem } from '../../store/queries.ts';
import { commit, putRevision } from '../../store/transactions.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../authentication/caller.ts';
import { problem, refuse } from '../problem.ts';
import { decrypt, ENCRYPTION_KEY_BYTES, encrypt } from './encryption.ts';

const answerItem = z.object({
  request: z.string(),
  startedAt: z.string(),
  /** Random, not secret, and the same in every run: what the attempts derive from it. */
  salt: z.string(),
  /** The run has ended without an answer that is kept: the next one need not wait. */
  ended: z.optional(z.boolean()),
  answer: z.optional(z.instanceof(Uint8Array)),
  revision: z.int(),
});

/** A run as it is stored, from its start to its end. */
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
/** No request runs longer than API Gateway waits; an older one was stopped. */
const RUNNING_MILLISECONDS = 60_000;
const MAX_KEY_CHARACTERS = 255;
const SALT_BYTES = 16;
/** An answer that is larger is not kept; the operations that give one find their own work again (T5). */
const MAX_ANSWER_BYTES = 300_000;

/** A request under an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). */
export interface KeyedRequest {
  readonly caller: Caller;
  readonly key: string;
  readonly route: string;
  readonly request: object;
}

/**
 * Does the work once per key: the same request again gets the same answer for 30 days, another request under the key is
 * refused (422), and so is one that comes while the first is running (409). What may go otherwise in a moment is not
 * kept: an answer of 500 or above, and one that says when to come back. The next request runs the work again then, and
 * it draws the same bytes (`Attempt`), because nobody knows what the run before has committed.
 */
export async function withIdempotencyKey(
  dependencies: Dependencies,
  keyed: KeyedRequest,
  work: (run: Attempt) => Promise<Answer>,
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
  // Refused when another run took this one for stopped: then what that one writes stands.
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
    // What is broken is told, not that it could not be noted: the key is free again a minute after its start.
    await end(ended(started)).catch(() => undefined);
    throw error;
  }
}

/**
 * All that the runs deriveBytes derives from what the caller shows with each request and nobody stores. So the table holds neither
 * an answer that can be read there (one may show a new token), nor what it was made of.
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
