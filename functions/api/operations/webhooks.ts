import type { WebhookSource } from '../../../contract/webhook-sources.ts';
import type { WEBHOOKS } from '../../../contract/webhooks.ts';
import { defined } from '../../../domain/defined.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { directionOf } from '../../store/queries.ts';
import { getWebhook, pageOfWebhooks, type StoredWebhook, webhookView } from '../../store/webhook-item.ts';
import {
  addWebhookSecret,
  loadWebhookSecrets,
  MAX_SECRETS,
  removeWebhookSecret,
} from '../../store/webhook-secrets-item.ts';
import { getSourceSettings, putSourceSettings } from '../../store/webhook-source-item.ts';
import { closeWebhook } from '../../use-cases/webhooks/close-webhook.ts';
import { processAndRecord } from '../../use-cases/webhooks/process-and-record.ts';
import { parseShopJson } from '../../use-cases/webhooks/shop-event.ts';
import { formatSignatureFault, type SignatureFault } from '../../use-cases/webhooks/signature.ts';
import { type Incoming, takeWebhook } from '../../use-cases/webhooks/take-webhook.ts';
import { faultOfErpSignature } from '../../use-cases/webhooks/verify-erp.ts';
import { faultOfShopifySignature } from '../../use-cases/webhooks/verify-shopify.ts';
import { faultOfStripeSignature } from '../../use-cases/webhooks/verify-stripe.ts';
import { type Answer, answer, type OperationsOf } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { problem, refuse } from '../http/problem.ts';

const MAX_ID_CHARACTERS = 256;
const PRINTABLE_ID = /^[\x21-\x7e]{1,256}$/;
const ERP_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

export const WEBHOOK_OPERATIONS: OperationsOf<typeof WEBHOOKS> = {
  async receiveErpWebhook({ body, headers }, dependencies) {
    const { secrets } = await loadWebhookSecrets(dependencies, 'erp');
    const fault = faultOfErpSignature(secrets, headers, body, dependencies.now());
    if (fault !== undefined) return unsigned(dependencies, 'erp', fault);
    const id = headers['webhook-id'] ?? '';
    if (id.length <= MAX_ID_CHARACTERS) return take(dependencies, { source: 'erp', id, body }, 202);
    const message = `at most ${MAX_ID_CHARACTERS} characters`;
    return refuse({ code: 'invalid-request', errors: [{ path: 'header.webhook-id', message }] });
  },

  async receiveShopifyWebhook({ body, headers }, dependencies) {
    const { secrets } = await loadWebhookSecrets(dependencies, 'shopify');
    const fault = faultOfShopifySignature(secrets, headers, body);
    if (fault !== undefined) return unsigned(dependencies, 'shopify', fault);
    // Both ids are the same in every attempt of one delivery.
    const id = printable(headers['x-shopify-webhook-id']) ?? printable(headers['x-shopify-event-id']);
    const topic = printable(headers['x-shopify-topic']) ?? '';
    const shop = printable(headers['x-shopify-shop-domain']);
    return take(dependencies, { source: 'shopify', id, topic, ...defined({ shop }), body }, 200);
  },

  async receiveStripeWebhook({ body, headers }, dependencies) {
    const { secrets } = await loadWebhookSecrets(dependencies, 'stripe');
    const fault = faultOfStripeSignature(secrets, headers, body, dependencies.now());
    if (fault !== undefined) return unsigned(dependencies, 'stripe', fault);
    return take(dependencies, { source: 'stripe', id: stripeEventId(body), body }, 200);
  },

  async listWebhooks(request, dependencies) {
    const { state = 'failed', source, order, id } = request.query;
    return answerPage(
      'listWebhooks',
      request,
      async (limit, cursor) =>
        id === undefined
          ? pageOfWebhooks(dependencies, state, source, limit, cursor, directionOf(order))
          : { items: await webhooksOfId(dependencies, id, request.query) },
      webhookView,
    );
  },

  async getWebhook({ params: { id } }, dependencies) {
    const webhook = await getWebhook(dependencies, id);
    return webhook === undefined ? refuse(noSuchWebhook(id)) : answer(200, webhookView(webhook));
  },

  async replayWebhook({ params: { id } }, dependencies) {
    const webhook = await getWebhook(dependencies, id);
    if (webhook === undefined) return refuse(noSuchWebhook(id));
    return answer(
      200,
      webhookView(webhook.state === 'done' ? webhook : await processAndRecord(dependencies, webhook, true)),
    );
  },

  async closeWebhook({ params: { id }, body: { reason }, caller }, dependencies) {
    const closing = await closeWebhook(dependencies, caller?.author, id, reason);
    return closing.kind === 'refused' ? refuse(closing.refusal) : answer(200, webhookView(closing.webhook));
  },

  async getWebhookSource({ params: { source } }, dependencies) {
    return answer(200, { source, ...(await getSourceSettings(dependencies, source)) });
  },

  async putWebhookSource({ params: { source }, body }, dependencies) {
    return answer(200, { source, ...(await putSourceSettings(dependencies, source, defined(body))) });
  },

  /** Only this answer shows the secret. The server creates the ERP's secret unless one is given; a shop creates its own. */
  async createWebhookSecret({ body, attempt }, dependencies) {
    const { source = 'erp', secret } = body;
    const fault =
      source === 'erp'
        ? secret !== undefined && !ERP_SECRET.test(secret) && 'must be whsec_ and base64 of 24 to 64 bytes'
        : secret === undefined && 'must be the secret that the shop shows';
    if (fault !== false) return refuse({ code: 'invalid-request', errors: [{ path: 'secret', message: fault }] });
    const added = await addWebhookSecret(dependencies, source, secret, attempt.deriveBytes);
    if (added !== undefined) return answer(201, { ...added, source });
    const message = `there are ${MAX_SECRETS} secrets already; delete the older one first`;
    return refuse({ code: 'invalid-request', errors: [{ path: '', message }] });
  },

  async listWebhookSecrets({ query: { source = 'erp' } }, dependencies) {
    const { secrets } = await loadWebhookSecrets(dependencies, source);
    return answer(200, { source, items: secrets.map(({ id, createdAt }) => ({ id, createdAt })) });
  },

  async deleteWebhookSecret({ params: { id } }, dependencies) {
    if (await removeWebhookSecret(dependencies, id)) return answer(200, { status: 'deleted' });
    return refuse({ code: 'not-found', explanation: `There is no webhook secret ${id}.` });
  },
};

async function take(dependencies: Dependencies, incoming: Incoming, takenStatus: 200 | 202): Promise<Answer> {
  const result = await takeWebhook(dependencies, incoming);
  switch (result.kind) {
    case 'taken':
      return answer(takenStatus, { id: result.webhook.id, state: result.webhook.state });
    case 'too-large':
      return problem('payload-too-large', 'The webhook is too large to be stored.');
    case 'refused':
      return refuse(result.refusal);
    case 'id-reused':
      return problem('idempotency-key-reused', result.detail);
    default:
      return assertNever(result);
  }
}

/** A refused webhook is not stored, so the reason is also logged. */
function unsigned(dependencies: Dependencies, source: WebhookSource, fault: SignatureFault): Answer {
  dependencies.log.warn('A webhook with a bad signature was refused', { source, ...fault });
  const { reason } = fault;
  const members = fault.reason === 'clock' ? { reason, secondsBehind: fault.secondsBehind } : { reason };
  return problem('unauthorized', formatSignatureFault(source, fault), members);
}

function printable(id: string | undefined): string | undefined {
  return id !== undefined && PRINTABLE_ID.test(id) ? id : undefined;
}

/** The id of a Stripe event, which is in its body and the same in every attempt. */
function stripeEventId(body: string): string | undefined {
  const json = parseShopJson(body);
  const id = json.ok && typeof json.value === 'object' && json.value !== null && Reflect.get(json.value, 'id');
  return typeof id === 'string' ? printable(id) : undefined;
}

/** A list of at most one webhook, in any state unless one is asked for. */
async function webhooksOfId(
  dependencies: Dependencies,
  id: string,
  { state, source }: { readonly [Name in 'state' | 'source']?: StoredWebhook[Name] | undefined },
): Promise<StoredWebhook[]> {
  const webhook = await getWebhook(dependencies, id);
  if (webhook === undefined) return [];
  const isAsked = (state ?? webhook.state) === webhook.state && (source ?? webhook.source) === webhook.source;
  return isAsked ? [webhook] : [];
}

function noSuchWebhook(id: string): Refusal {
  return { code: 'not-found', explanation: `There is no webhook ${id}.` };
}
