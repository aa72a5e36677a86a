import * as z from 'zod/mini';
import type { DocsOf } from './docs.ts';
import { COLLECTED_AT, CURSOR, GENERATED_ID, ORDER_ID, SOLD_AT, TICKET } from './examples.ts';
import type { WEBHOOKS } from './webhooks.ts';
import { erpEvent } from './webhooks.ts';

const EVENT = { type: 'order.created', data: { orderId: ORDER_ID, items: [{ product: 'cad' }] } };

const WEBHOOK = {
  id: 'msg_2026-0815',
  source: 'erp',
  state: 'done',
  receivedAt: SOLD_AT,
  body: JSON.stringify(EVENT),
  result: { orderId: ORDER_ID, ticket: TICKET },
} as const;

const SHOPIFY_ORDER = { id: 5_678_901_234, name: '#1042', line_items: [{ id: 1, sku: 'CAD-PRO-2', quantity: 1 }] };

const FOREIGN = z.looseObject({});

const STRIPE_EVENT = { id: 'evt_1QTJb2LkdIwHu7ix', object: 'event', type: 'checkout.session.completed', data: {} };

const ID = { id: { description: 'The sender’s `webhook-id`.', example: 'msg_2026-0815' } };

const SHOP = { source: { description: 'The shop.', example: 'shopify' } };

const SOURCE = { source: 'shopify', testMode: 'mark', unknownSkus: 'hold' } as const;

export const WEBHOOKS_DOCS: DocsOf<keyof typeof WEBHOOKS> = {
  receiveErpWebhook: {
    tag: 'webhooks',
    summary: 'Receive a webhook from the ERP',
    description:
      'Signed as [Standard Webhooks](https://www.standardwebhooks.com) 1.0.0. Processed once per `webhook-id`. A webhook ' +
      'that fails is also answered with 202; it is kept, and you can replay it. A different event with a known id is not ' +
      'processed: it is kept as `failed` with its own id, and the sender gets 422.',
    requestHeaders: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    request: { example: EVENT as never, schema: erpEvent },
    answers: { 202: { id: WEBHOOK.id, state: 'done' } },
  },
  receiveShopifyWebhook: {
    tag: 'webhooks',
    summary: 'Receive a webhook from Shopify',
    description:
      'A paid order delivers the products of its SKUs. A refund withdraws the licenses of the refunded units. A cancelled ' +
      'or edited order and a lost dispute also withdraw licenses. Processed once. A webhook that fails is also answered ' +
      'with 200; it is kept, and you can replay it.',
    requestHeaders: ['x-shopify-hmac-sha256', 'x-shopify-topic', 'x-shopify-webhook-id', 'x-shopify-shop-domain'],
    request: { example: SHOPIFY_ORDER as never, schema: FOREIGN },
    answers: { 200: { id: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043', state: 'done' } },
  },
  receiveStripeWebhook: {
    tag: 'webhooks',
    summary: 'Receive a webhook from Stripe',
    description:
      'A sale delivers the products of its SKUs. A refund withdraws the licenses of the refunded units. A lost dispute ' +
      'and a failed payment also withdraw licenses. Processed once. A webhook that fails is also answered with 200; it is ' +
      'kept, and you can replay it.',
    requestHeaders: ['stripe-signature'],
    request: { example: STRIPE_EVENT as never, schema: FOREIGN },
    answers: { 200: { id: 'evt_1QTJb2LkdIwHu7ix', state: 'done' } },
  },
  listWebhooks: {
    tag: 'webhooks',
    summary: 'List webhooks by state',
    description:
      'Oldest first unless `order=newest`; the failed webhooks unless `state` is given. With `id`, a list of at most one, in any ' +
      'state unless `state` is given.',
    parameters: {
      ...ID,
      state: { description: 'The state of the webhooks. Default: `failed`.', example: 'failed' },
    },
    answers: { 200: { items: [WEBHOOK], cursor: CURSOR } },
  },
  getWebhook: {
    tag: 'webhooks',
    summary: 'Read a webhook',
    description: 'The body as received, and the outcome.',
    parameters: ID,
    answers: { 200: WEBHOOK },
  },
  replayWebhook: {
    tag: 'webhooks',
    summary: 'Replay a webhook',
    description:
      'Processes a failed webhook again, after you have removed the cause. A webhook that is done does not change.',
    parameters: ID,
    answers: { 200: WEBHOOK },
  },
  closeWebhook: {
    tag: 'webhooks',
    summary: 'Close a webhook',
    description:
      'Ends one that failed or waits, when a person has dealt with it. Its problem stays, the lists of what failed and ' +
      'waits no longer show it, and a replay opens it again.',
    parameters: ID,
    request: { example: { reason: 'withdrawn by hand' } },
    answers: {
      200: {
        id: WEBHOOK.id,
        source: WEBHOOK.source,
        state: 'closed',
        receivedAt: SOLD_AT,
        body: WEBHOOK.body,
        closed: { at: COLLECTED_AT, reason: 'withdrawn by hand' },
      },
    },
  },
  getWebhookSource: {
    tag: 'webhooks',
    summary: 'Read how the webhooks of a shop are taken',
    description: 'What was never set has its default: `mark` and `hold`.',
    parameters: SHOP,
    answers: { 200: SOURCE },
  },
  putWebhookSource: {
    tag: 'webhooks',
    summary: 'Set how the webhooks of a shop are taken',
    description:
      '`testMode`: a sale in the shop’s test mode is delivered and marked as a test (`mark`), or delivers nothing ' +
      '(`refuse`). `unknownSkus`: a sale with an unknown SKU delivers nothing until the SKU is mapped (`hold`), or ' +
      'delivers its other lines (`skip`). A setting that is left out gets its default.',
    parameters: SHOP,
    request: { example: { testMode: 'refuse' } },
    answers: { 200: { ...SOURCE, testMode: 'refuse' } },
  },
  createWebhookSecret: {
    tag: 'webhooks',
    summary: 'Add a secret that webhooks are signed with',
    description:
      'The server creates the ERP’s secret unless you give one. A shop creates its own secret: give it here. Each source ' +
      'can have two secrets at the same time, so that you can rotate them. Only this answer shows the secret.',
    request: { example: { source: 'erp' } },
    answers: {
      201: { id: GENERATED_ID, createdAt: SOLD_AT, source: 'erp', secret: 'whsec_<base64 of 32 random bytes>' },
    },
  },
  listWebhookSecrets: {
    tag: 'webhooks',
    summary: 'List a source’s secrets',
    description: 'Without the secrets themselves.',
    answers: { 200: { source: 'erp', items: [{ id: GENERATED_ID, createdAt: SOLD_AT }] } },
  },
  deleteWebhookSecret: {
    tag: 'webhooks',
    summary: 'Delete a secret',
    description: 'Webhooks that are signed with it are refused from now on.',
    parameters: { id: { description: 'The secret’s id.', example: GENERATED_ID } },
    answers: { 200: { status: 'deleted' } },
  },
};
