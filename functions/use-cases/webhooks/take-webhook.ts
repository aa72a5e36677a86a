import { createHash } from 'node:crypto';
import type { WebhookSource } from '../../../contract/shapes/webhook.ts';
import { type Answer, answer } from '../../api/answer.ts';
import { problem, refuse } from '../../api/problem.ts';
import type { Dependencies } from '../../dependencies.ts';
import { fitsInItem, getWebhook, putWebhook, type StoredWebhook } from '../../store/webhook-item.ts';
import { processAndRecord } from './process-and-record.ts';

const SEED_BYTES = 16;

/** A webhook whose signature holds. */
export interface Incoming {
  readonly source: WebhookSource;
  /** The sender's; none when it gave none, or none that can be one. */
  readonly id: string | undefined;
  readonly topic?: string;
  readonly shop?: string;
  readonly body: string;
}

/**
 * Takes a webhook once for its id, whatever comes of it: what fails is kept, and can be replayed. Senders give up on those
 * who answer with errors, so that is all they are told.
 */
export async function takeWebhook(dependencies: Dependencies, incoming: Incoming, status: 200 | 202): Promise<Answer> {
  const { source, topic, shop, body } = incoming;
  if (!fitsInItem(body)) return problem('payload-too-large', 'The webhook is too large to be kept.');
  // Without an id it is known by what it says.
  const id =
    incoming.id ??
    `sha256-${createHash('sha256')
      .update(`${topic ?? ''}\n${body}`)
      .digest('hex')}`;
  const fresh: StoredWebhook = {
    id,
    source,
    ...(topic === undefined ? {} : { topic }),
    ...(shop === undefined ? {} : { shop }),
    body,
    receivedAt: dependencies.now().toISOString(),
    seed: Buffer.from(dependencies.random(SEED_BYTES)).toString('base64url'),
    state: 'received',
    revision: 0,
  };
  if (await putWebhook(dependencies, fresh)) {
    return taken(status, await processAndRecord(dependencies, { ...fresh, revision: 1 }, false));
  }
  const known = await getWebhook(dependencies, id);
  if (known === undefined) throw new Error(`The webhook ${id} was refused, but is not there`);
  if (known.source !== source) {
    const message = `the id ${id} belongs to a webhook of ${known.source}`;
    return refuse({ code: 'invalid-request', errors: [{ path: '', message }] });
  }
  // Stopped between taking it and doing it: done now.
  return taken(status, known.state === 'received' ? await processAndRecord(dependencies, known, true) : known);
}

function taken(status: 200 | 202, { id, state }: StoredWebhook): Answer {
  return answer(status, { id, state });
}
