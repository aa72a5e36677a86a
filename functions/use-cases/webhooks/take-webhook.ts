import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { problemDocument } from '../../../contract/problems.ts';
import type { WebhookSource } from '../../../contract/webhook-sources.ts';
import { defined } from '../../../domain/defined.ts';
import { type Answer, answer } from '../../api/answer.ts';
import { problem, refuse } from '../../api/problem.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { fitsInItem, getWebhook, putWebhook, type StoredWebhook } from '../../store/webhook-item.ts';
import { processAndRecord } from './process-and-record.ts';
import { evidenceOf, logFailure } from './record-outcome.ts';
import { parseShopJson } from './shop-event.ts';

const SEED_BYTES = 16;
const ID_CHARACTERS_OF_OTHER_BODY = 230;
const DIGEST_CHARACTERS = 16;
/** Other bodies that a webhook names; all of them are kept and listed. */
const MAX_OTHER_BODIES = 20;

/** A webhook whose signature holds. */
export interface Incoming {
  readonly source: WebhookSource;
  /** The sender's; `undefined` if it gave none, or none that can be one. */
  readonly id: string | undefined;
  readonly topic?: string;
  readonly shop?: string;
  readonly body: string;
  readonly sameIdAs?: string;
}

/**
 * Takes a webhook once for its id, whatever comes of it: what fails is kept, and can be replayed. A shop disables an endpoint
 * that answers with errors, so the answer does not depend on the outcome.
 */
export async function takeWebhook(dependencies: Dependencies, incoming: Incoming, status: 200 | 202): Promise<Answer> {
  if (!fitsInItem(incoming.body)) return problem('payload-too-large', 'The webhook is too large to be kept.');
  const fresh = newWebhook(dependencies, incoming);
  const { id, source } = fresh;
  if (await putWebhook(dependencies, fresh)) {
    return taken(status, await processAndRecord(dependencies, { ...fresh, revision: 1 }, false));
  }
  const known = await knownWebhook(dependencies, id);
  if (known.source !== source) {
    const message = `the id ${id} belongs to a webhook of ${known.source}`;
    return refuse({ code: 'invalid-request', errors: [{ path: '', message }] });
  }
  if (!isSameEvent(known, incoming)) return takeOtherBody(dependencies, known, incoming, status);
  // An earlier attempt stopped between taking the webhook and processing it.
  return taken(status, known.state === 'received' ? await processAndRecord(dependencies, known, true) : known);
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
  if (known === undefined) throw new Error(`The webhook ${id} was refused, but is not there`);
  return known;
}

/**
 * Whether a repeated id brings the event that is known. A retry may differ in its bytes: senders write the time of the attempt
 * into the body, or Stripe the number of pending webhooks.
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
 * Takes another body that came under a known id, as a webhook of its own. A shop's event is identified by the ids in its body,
 * so it is processed. The ERP's is kept as failed until somebody replays it, and the sender is told.
 */
async function takeOtherBody(
  dependencies: Dependencies,
  first: StoredWebhook,
  incoming: Incoming,
  status: 200 | 202,
): Promise<Answer> {
  // Of what it means: a retry of this one is the same webhook again.
  const meaning = JSON.stringify(meaningOf(incoming.source, incoming.body));
  const digest = digestOf(incoming.topic, meaning).slice(0, DIGEST_CHARACTERS);
  const id = `${first.id.slice(0, ID_CHARACTERS_OF_OTHER_BODY)}~${digest}`;
  const other: Incoming = { ...incoming, id, sameIdAs: first.id };
  await noteOtherBody(dependencies, first.id, id);
  if (incoming.source !== 'erp') return takeWebhook(dependencies, other, status);
  const detail =
    `Another body came under the webhook-id ${first.id} before, and was processed. This one is kept as ${id} and was not ` +
    'processed: send it under its own id, or replay it.';
  const received = newWebhook(dependencies, other);
  const kept: StoredWebhook = {
    ...received,
    state: 'failed',
    problem: problemDocument('idempotency-key-reused', detail),
  };
  if (await putWebhook(dependencies, kept, evidenceOf(dependencies, received, kept))) logFailure(dependencies, kept);
  const { state } = await knownWebhook(dependencies, id);
  // A sender that tries again after the replay has nothing more to do.
  return state === 'failed' ? problem('idempotency-key-reused', detail) : answer(status, { id, state });
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

function taken(status: 200 | 202, { id, state }: StoredWebhook): Answer {
  return answer(status, { id, state });
}
