import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { problemDocument } from '../../../contract/problems.ts';
import type { WebhookSource } from '../../../contract/webhook-sources.ts';
import { defined } from '../../../domain/defined.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { fitsInItem, getWebhook, putWebhook, type StoredWebhook } from '../../store/webhook-item.ts';
import { processAndRecord } from './process-and-record.ts';
import { evidenceOf, logFailure } from './record-outcome.ts';
import { parseShopJson } from './shop-event.ts';

const SEED_BYTES = 16;
const ID_CHARACTERS_OF_OTHER_BODY = 230;
const DIGEST_CHARACTERS = 16;
/** At most so many other bodies are listed in a webhook. All of them are kept. */
const MAX_OTHER_BODIES = 20;

/** A webhook whose signature is valid. */
export interface Incoming {
  readonly source: WebhookSource;
  /** The id that the sender gave; `undefined` if it gave no valid one. */
  readonly id: string | undefined;
  readonly topic?: string;
  readonly shop?: string;
  readonly body: string;
  readonly sameIdAs?: string;
}

/**
 * `too-large`: the webhook does not fit in an item. `refused`: another source's webhook has this id. `id-reused`: another event
 * of the ERP has this id; this one is kept as `failed`.
 */
export type TakeResult =
  | { readonly kind: 'taken'; readonly webhook: Pick<StoredWebhook, 'id' | 'state'> }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'id-reused'; readonly detail: string };

/**
 * Stores a webhook and processes it, once per id. A webhook that fails is also `taken`: it is kept and can be replayed, and
 * senders stop sending to an address that answers with errors.
 */
export async function takeWebhook(dependencies: Dependencies, incoming: Incoming): Promise<TakeResult> {
  if (!fitsInItem(incoming.body)) return { kind: 'too-large' };
  const fresh = newWebhook(dependencies, incoming);
  const { id, source } = fresh;
  if (await putWebhook(dependencies, fresh)) {
    return { kind: 'taken', webhook: await processAndRecord(dependencies, { ...fresh, revision: 1 }, false) };
  }
  const known = await knownWebhook(dependencies, id);
  if (known.source !== source) {
    const message = `the id ${id} belongs to a webhook of ${known.source}`;
    return { kind: 'refused', refusal: { code: 'invalid-request', errors: [{ path: '', message }] } };
  }
  if (!isSameEvent(known, incoming)) return takeOtherBody(dependencies, known, incoming);
  // `received`: an earlier attempt stopped after it stored the webhook.
  return {
    kind: 'taken',
    webhook: known.state === 'received' ? await processAndRecord(dependencies, known, true) : known,
  };
}

function newWebhook(dependencies: Dependencies, { source, id, topic, shop, body, sameIdAs }: Incoming): StoredWebhook {
  return {
    // A webhook without an id is identified by its content.
    id: id ?? `sha256-${digestOf(topic, body)}`,
    source,
    ...defined({ topic, shop, sameIdAs }),
    body,
    receivedAt: dependencies.now().toISOString(),
    seed: Buffer.from(dependencies.random(SEED_BYTES)).toString('base64url'),
    state: 'received',
    revision: 0,
  };
}

function digestOf(topic: string | undefined, body: string): string {
  return createHash('sha256')
    .update(`${topic ?? ''}\n${body}`)
    .digest('hex');
}

async function knownWebhook(dependencies: Dependencies, id: string): Promise<StoredWebhook> {
  const known = await getWebhook(dependencies, id);
  if (known === undefined) throw new Error(`Bug: the table refused the webhook ${id}, but does not have it`);
  return known;
}

/**
 * Whether a webhook with a known id is the known event. A retry may differ in its bytes: some senders write the time of the
 * attempt into the body, and Stripe the number of pending webhooks.
 */
function isSameEvent(known: Pick<StoredWebhook, 'body' | 'topic'>, { source, topic, body }: Incoming): boolean {
  if (known.topic !== topic) return false;
  return known.body === body || isDeepStrictEqual(meaningOf(source, known.body), meaningOf(source, body));
}

function meaningOf(source: WebhookSource, body: string): unknown {
  const json = parseShopJson(body);
  if (!json.ok) return body;
  const { value } = json;
  if (source === 'shopify' || typeof value !== 'object' || value === null) return value;
  return [Reflect.get(value, 'type'), Reflect.get(value, 'data')];
}

/**
 * Stores a different body with a known id as a separate webhook. A shop's event is identified by the ids in its body, so it is
 * processed. The ERP's event is kept as `failed` until a person replays it, and the result is `id-reused`.
 */
async function takeOtherBody(
  dependencies: Dependencies,
  first: StoredWebhook,
  incoming: Incoming,
): Promise<TakeResult> {
  // The digest of the meaning, so that a retry of this body gets the same id.
  const meaning = JSON.stringify(meaningOf(incoming.source, incoming.body));
  const digest = digestOf(incoming.topic, meaning).slice(0, DIGEST_CHARACTERS);
  const id = `${first.id.slice(0, ID_CHARACTERS_OF_OTHER_BODY)}~${digest}`;
  const other: Incoming = { ...incoming, id, sameIdAs: first.id };
  await noteOtherBody(dependencies, first.id, id);
  if (incoming.source !== 'erp') return takeWebhook(dependencies, other);
  const detail =
    `Another event with the webhook-id ${first.id} was received before. This one is kept as ${id} and was not processed: ` +
    'send it with its own id, or replay it.';
  const received = newWebhook(dependencies, other);
  const kept: StoredWebhook = {
    ...received,
    state: 'failed',
    problem: problemDocument('idempotency-key-reused', detail),
  };
  if (await putWebhook(dependencies, kept, evidenceOf(dependencies, received, kept))) logFailure(dependencies, kept);
  const webhook = await knownWebhook(dependencies, id);
  // A sender that retries after the replay gets no problem.
  return webhook.state === 'failed' ? { kind: 'id-reused', detail } : { kind: 'taken', webhook };
}

async function noteOtherBody(dependencies: Dependencies, id: string, other: string): Promise<void> {
  await retryOnConflict(dependencies, `webhook ${id}`, async () => {
    const known = await knownWebhook(dependencies, id);
    const { otherBodies = [] } = known;
    if (otherBodies.includes(other) || otherBodies.length >= MAX_OTHER_BODIES) return true;
    const noted = { ...known, otherBodies: [...otherBodies, other] };
    return (await putWebhook(dependencies, noted)) ? true : 'changed';
  });
}
