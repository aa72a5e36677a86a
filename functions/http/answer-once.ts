import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { canonicalJson } from '../../protocol/index.ts';
import type { Runtime } from '../ports.ts';
import { commit, put, putRevision, remove } from '../table/commit.ts';
import { idempotencyKey } from '../table/keys.ts';
import { getItem } from '../table/read.ts';
import type { Answer } from './answer.ts';
import { problem, refuse } from './problem.ts';

const answerItem = z.object({
  request: z.string(),
  startedAt: z.string(),
  answer: z.optional(z.string()),
  revision: z.int(),
});

const storedAnswer = z.object({
  status: z.int(),
  body: z.optional(z.unknown()),
  headers: z.optional(z.record(z.string(), z.string())),
});

const KEPT_SECONDS = 30 * 24 * 3600;
/** No request runs longer than API Gateway waits; an older one was stopped. */
const RUNNING_MILLISECONDS = 60_000;
const MAX_KEY_CHARACTERS = 255;
/** An answer that is larger is not kept; the operations that give one find their own work again (T5). */
const MAX_ANSWER_BYTES = 300_000;

/** A request under an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). */
export interface KeyedRequest {
  /** Hash of the caller's token: keys of different callers never meet. */
  readonly token: string;
  readonly key: string;
  readonly route: string;
  readonly request: object;
}

/**
 * Does the work once per key: the same request again gets the same answer for 30 days, another request under the key is
 * refused (422), and so is one that comes while the first is running (409). An answer of 500 or above is not kept.
 */
export async function answerOnce(runtime: Runtime, keyed: KeyedRequest, work: () => Promise<Answer>): Promise<Answer> {
  if (!/^[\x21-\x7e]+$/.test(keyed.key) || keyed.key.length > MAX_KEY_CHARACTERS) {
    const message = `1 to ${MAX_KEY_CHARACTERS} visible ASCII characters`;
    return refuse({ code: 'invalid-request', errors: [{ path: 'header.idempotency-key', message }] });
  }
  const key = idempotencyKey(keyed.token, keyed.key);
  const request = digestOf(keyed);
  const item = await getItem(runtime, key);
  const known = item === undefined ? undefined : answerItem.parse(item);
  if (known !== undefined) {
    if (known.request !== request) {
      return problem('idempotency-key-reused', 'This Idempotency-Key was sent with another request before.');
    }
    if (known.answer !== undefined) return storedAnswer.parse(JSON.parse(known.answer)) as Answer;
    if (runtime.now().getTime() - Date.parse(known.startedAt) < RUNNING_MILLISECONDS) return stillRunning();
  }
  const now = runtime.now();
  const started = {
    request,
    startedAt: now.toISOString(),
    expiresAtSeconds: Math.floor(now.getTime() / 1000) + KEPT_SECONDS,
  };
  if ((await commit(runtime, [putRevision(runtime, key, started, known?.revision ?? 0)])) === 'refused') {
    return stillRunning();
  }
  try {
    const answer = await work();
    const text = JSON.stringify(answer);
    const kept = answer.status < 500 && text.length <= MAX_ANSWER_BYTES;
    await commit(runtime, [
      kept
        ? put(runtime, key, { ...started, answer: text, revision: (known?.revision ?? 0) + 1 })
        : remove(runtime, key),
    ]);
    return answer;
  } catch (error) {
    await commit(runtime, [remove(runtime, key)]);
    throw error;
  }
}

function digestOf({ route, request }: KeyedRequest): string {
  const { params, query, body } = request as Record<string, unknown>;
  return createHash('sha256').update(canonicalJson({ route, params, query, body })).digest('base64url');
}

function stillRunning(): Answer {
  return problem(
    'idempotency-key-in-use',
    'The first request under this key has not ended yet.',
    {},
    { 'retry-after': '1' },
  );
}
