import { createHash } from 'node:crypto';
import type { WebhookSource } from '../../../contract/shapes/webhook.ts';
import { defined } from '../../../domain/defined.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { fitsInItem, getWebhook, putWebhook, type StoredWebhook } from '../../store/webhook-item.ts';
import { processAndRecord } from './process-and-record.ts';

const SEED_BYTES = 16;

/** A webhook whose signature is valid. */
export interface Incoming {
  readonly source: WebhookSource;
  /** The id that the sender gave; `undefined` if it gave no valid one. */
  readonly id: string | undefined;
  readonly topic?: string;
  readonly shop?: string;
  readonly body: string;
}

/** `too-large`: the webhook does not fit in an item. `refused`: another source's webhook has this id. */
export type TakeResult =
  | { readonly kind: 'taken'; readonly webhook: StoredWebhook }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Stores a webhook and processes it, once per id. A webhook that fails is also `taken`: it is kept and can be replayed, and
 * senders stop sending to an address that answers with errors.
 */
export async function takeWebhook(dependencies: Dependencies, incoming: Incoming): Promise<TakeResult> {
  const { source, topic, shop, body } = incoming;
  if (!fitsInItem(body)) return { kind: 'too-large' };
  const id = incoming.id ?? idOfContent(incoming);
  const fresh: StoredWebhook = {
    id,
    source,
    ...defined({ topic, shop }),
    body,
    receivedAt: dependencies.now().toISOString(),
    seed: Buffer.from(dependencies.random(SEED_BYTES)).toString('base64url'),
    state: 'received',
    revision: 0,
  };
  if (await putWebhook(dependencies, fresh)) {
    return { kind: 'taken', webhook: await processAndRecord(dependencies, { ...fresh, revision: 1 }, false) };
  }
  const known = await getWebhook(dependencies, id);
  if (known === undefined) throw new Error(`Bug: the table refused the webhook ${id}, but does not have it`);
  if (known.source !== source) {
    const message = `the id ${id} belongs to a webhook of ${known.source}`;
    return { kind: 'refused', refusal: { code: 'invalid-request', errors: [{ path: '', message }] } };
  }
  // `received`: an earlier attempt stopped after it stored the webhook.
  return {
    kind: 'taken',
    webhook: known.state === 'received' ? await processAndRecord(dependencies, known, true) : known,
  };
}

function idOfContent({ topic = '', body }: Incoming): string {
  return `sha256-${createHash('sha256').update(`${topic}\n${body}`).digest('hex')}`;
}
