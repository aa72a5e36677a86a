import type { Refusal } from '../../domain/refusal.ts';
import { answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { problem, refuse } from '../http/problem.ts';
import { drawFrom, type Run } from '../http/run.ts';
import { inNameOf, type Runtime } from '../ports.ts';
import { processWebhook } from './process-webhook.ts';
import { addSecret, loadSecrets, MAX_SECRETS, removeSecret } from './secrets.ts';
import { verifyWebhook } from './verify-webhook.ts';
import { getWebhook, pageOfWebhooks, putWebhook, type StoredWebhook, webhookView } from './webhook-item.ts';

type Name =
  | 'receiveErpWebhook'
  | 'listWebhooks'
  | 'getWebhook'
  | 'replayWebhook'
  | 'createWebhookSecret'
  | 'listWebhookSecrets'
  | 'deleteWebhookSecret';

const MAX_ID_CHARACTERS = 256;
const SEED_BYTES = 16;

export const WEBHOOK_OPERATIONS: Operations<Name> = {
  /** Taken once per `webhook-id`, and answered 202 whatever comes of it: what fails is kept, and can be replayed. */
  async receiveErpWebhook({ body, headers }, runtime) {
    const { secrets } = await loadSecrets(runtime);
    const verified = verifyWebhook(secrets, headers, body);
    if (!verified.ok) {
      return problem('unauthorized', 'The webhook carries no valid Standard Webhooks signature, or is not from now.');
    }
    const { id } = verified;
    if (id.length > MAX_ID_CHARACTERS) {
      const message = `at most ${MAX_ID_CHARACTERS} characters`;
      return refuse({ code: 'invalid-request', errors: [{ path: 'header.webhook-id', message }] });
    }
    const fresh: StoredWebhook = {
      id,
      body,
      receivedAt: runtime.now().toISOString(),
      seed: Buffer.from(runtime.random(SEED_BYTES)).toString('base64url'),
      state: 'received',
      revision: 0,
    };
    if (await putWebhook(runtime, fresh)) return accepted(await processed(runtime, { ...fresh, revision: 1 }, false));
    const known = await getWebhook(runtime, id);
    if (known === undefined) throw new Error(`The webhook ${id} was refused, but is not there`);
    // Stopped between taking it and doing it: done now.
    return accepted(known.state === 'received' ? await processed(runtime, known, true) : known);
  },

  async listWebhooks({ query }, runtime) {
    const state = query.state ?? 'failed';
    return answerPage(query, (limit, cursor) => pageOfWebhooks(runtime, state, limit, cursor), webhookView);
  },

  async getWebhook({ params: { id } }, runtime) {
    const webhook = await getWebhook(runtime, id);
    return webhook === undefined ? refuse(noSuchWebhook(id)) : answer(200, webhookView(webhook));
  },

  async replayWebhook({ params: { id } }, runtime) {
    const webhook = await getWebhook(runtime, id);
    if (webhook === undefined) return refuse(noSuchWebhook(id));
    return answer(200, webhookView(webhook.state === 'done' ? webhook : await processed(runtime, webhook, true)));
  },

  /** The one answer that shows the secret. */
  async createWebhookSecret({ body, run }, runtime) {
    const added = await addSecret(runtime, body.secret, run.draw);
    if (added !== undefined) return answer(201, added);
    const message = `there are ${MAX_SECRETS} secrets already; delete the older one first`;
    return refuse({ code: 'invalid-request', errors: [{ path: '', message }] });
  },

  async listWebhookSecrets(_, runtime) {
    const { secrets } = await loadSecrets(runtime);
    return answer(200, { items: secrets.map(({ id, createdAt }) => ({ id, createdAt })) });
  },

  async deleteWebhookSecret({ params: { id } }, runtime) {
    if (await removeSecret(runtime, id)) return answer(200, { status: 'deleted' });
    return refuse({ code: 'not-found', explanation: `There is no webhook secret ${id}.` });
  },
};

/** Does it and writes down what came of it. When another delivery wrote first, that one stands. */
async function processed(runtime: Runtime, webhook: StoredWebhook, again: boolean): Promise<StoredWebhook> {
  const { problem: _, result: __, ...kept } = webhook;
  const run: Run = { draw: drawFrom(webhook.seed, webhook.id), again };
  const asked = inNameOf(runtime, { kind: 'webhook', id: webhook.id });
  const done: StoredWebhook = { ...kept, ...(await processWebhook(asked, webhook.body, run)) };
  if (await putWebhook(runtime, done)) return done;
  return (await getWebhook(runtime, webhook.id)) ?? done;
}

function accepted({ id, state }: StoredWebhook): ReturnType<typeof answer> {
  return answer(202, { id, state });
}

function noSuchWebhook(id: string): Refusal {
  return { code: 'not-found', explanation: `There is no webhook ${id}.` };
}
