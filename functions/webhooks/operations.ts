import type { Refusal } from '../../domain/refusal.ts';
import { parseJson } from '../../protocol/index.ts';
import { type Answer, answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { problem, refuse } from '../http/problem.ts';
import { addSecret, loadSecrets, MAX_SECRETS, removeSecret } from './secrets.ts';
import { settleWebhook } from './settle-webhook.ts';
import { takeWebhook } from './take-webhook.ts';
import { isSignedByErp } from './verify-erp.ts';
import { isSignedByShopify } from './verify-shopify.ts';
import { isSignedByStripe } from './verify-stripe.ts';
import { getWebhook, pageOfWebhooks, webhookView } from './webhook-item.ts';

type Name =
  | 'receiveErpWebhook'
  | 'receiveShopifyWebhook'
  | 'receiveStripeWebhook'
  | 'listWebhooks'
  | 'getWebhook'
  | 'replayWebhook'
  | 'createWebhookSecret'
  | 'listWebhookSecrets'
  | 'deleteWebhookSecret';

const MAX_ID_CHARACTERS = 256;
const PRINTABLE_ID = /^[\x21-\x7e]{1,256}$/;
const ERP_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

export const WEBHOOK_OPERATIONS: Operations<Name> = {
  async receiveErpWebhook({ body, headers }, runtime) {
    const { secrets } = await loadSecrets(runtime, 'erp');
    if (!isSignedByErp(secrets, headers, body)) {
      return unsigned('The webhook carries no valid Standard Webhooks signature, or is not from now.');
    }
    const id = headers['webhook-id'] ?? '';
    if (id.length <= MAX_ID_CHARACTERS) return takeWebhook(runtime, { source: 'erp', id, body }, 202);
    const message = `at most ${MAX_ID_CHARACTERS} characters`;
    return refuse({ code: 'invalid-request', errors: [{ path: 'header.webhook-id', message }] });
  },

  async receiveShopifyWebhook({ body, headers }, runtime) {
    const { secrets } = await loadSecrets(runtime, 'shopify');
    if (!isSignedByShopify(secrets, headers, body)) {
      return unsigned('The webhook carries no valid X-Shopify-Hmac-Sha256.');
    }
    // Either id is the same in every attempt of one delivery.
    const id = printable(headers['x-shopify-webhook-id']) ?? printable(headers['x-shopify-event-id']);
    const topic = printable(headers['x-shopify-topic']) ?? '';
    const shop = printable(headers['x-shopify-shop-domain']);
    return takeWebhook(runtime, { source: 'shopify', id, topic, ...(shop === undefined ? {} : { shop }), body }, 200);
  },

  async receiveStripeWebhook({ body, headers }, runtime) {
    const { secrets } = await loadSecrets(runtime, 'stripe');
    if (!isSignedByStripe(secrets, headers, body, runtime.now())) {
      return unsigned('The webhook carries no valid Stripe-Signature, or is not from now.');
    }
    return takeWebhook(runtime, { source: 'stripe', id: stripeEventId(body), body }, 200);
  },

  async listWebhooks(request, runtime) {
    const { state = 'failed', source } = request.query;
    return answerPage(
      'listWebhooks',
      request,
      (limit, cursor) => pageOfWebhooks(runtime, state, source, limit, cursor),
      webhookView,
    );
  },

  async getWebhook({ params: { id } }, runtime) {
    const webhook = await getWebhook(runtime, id);
    return webhook === undefined ? refuse(noSuchWebhook(id)) : answer(200, webhookView(webhook));
  },

  async replayWebhook({ params: { id } }, runtime) {
    const webhook = await getWebhook(runtime, id);
    if (webhook === undefined) return refuse(noSuchWebhook(id));
    return answer(200, webhookView(webhook.state === 'done' ? webhook : await settleWebhook(runtime, webhook, true)));
  },

  /** The one answer that shows the secret. The ERP's is made here unless it is given; a shop makes its own. */
  async createWebhookSecret({ body, run }, runtime) {
    const { source = 'erp', secret } = body;
    const fault =
      source === 'erp'
        ? secret !== undefined && !ERP_SECRET.test(secret) && 'whsec_ and base64 of 24 to 64 bytes'
        : secret === undefined && 'the secret that the shop shows';
    if (fault !== false) return refuse({ code: 'invalid-request', errors: [{ path: 'secret', message: fault }] });
    const added = await addSecret(runtime, source, secret, run.draw);
    if (added !== undefined) return answer(201, { ...added, source });
    const message = `there are ${MAX_SECRETS} secrets already; delete the older one first`;
    return refuse({ code: 'invalid-request', errors: [{ path: '', message }] });
  },

  async listWebhookSecrets({ query: { source = 'erp' } }, runtime) {
    const { secrets } = await loadSecrets(runtime, source);
    return answer(200, { source, items: secrets.map(({ id, createdAt }) => ({ id, createdAt })) });
  },

  async deleteWebhookSecret({ params: { id } }, runtime) {
    if (await removeSecret(runtime, id)) return answer(200, { status: 'deleted' });
    return refuse({ code: 'not-found', explanation: `There is no webhook secret ${id}.` });
  },
};

function unsigned(detail: string): Answer {
  return problem('unauthorized', detail);
}

function printable(id: string | undefined): string | undefined {
  return id !== undefined && PRINTABLE_ID.test(id) ? id : undefined;
}

/** Stripe's id of an event is in its body, and the same in every attempt. */
function stripeEventId(body: string): string | undefined {
  const json = parseJson(body);
  const id = json.ok && typeof json.value === 'object' && json.value !== null && Reflect.get(json.value, 'id');
  return typeof id === 'string' ? printable(id) : undefined;
}

function noSuchWebhook(id: string): Refusal {
  return { code: 'not-found', explanation: `There is no webhook ${id}.` };
}
