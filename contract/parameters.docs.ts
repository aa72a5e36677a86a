import { CAD, CURSOR, EVENT, ORDER_ID, REPROGRAMMING, SERIAL, TICKET } from './examples.ts';

export interface Parameter {
  readonly description: string;
  readonly example: string;
}

/** What the parameters of paths and queries are, by name; an endpoint for which one is something else says so itself. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  cursor: {
    description: 'Where the list continues: the `cursor` of the page before, which was asked for with the same query.',
    example: CURSOR,
  },
  limit: { description: 'Items in a page: 1 to 1000, and 100 unless given.', example: '100' },
  sku: { description: 'A SKU as the shop spells it.', example: 'CAD-PRO-2' },
  orderId: { description: 'The ERP’s own order id.', example: ORDER_ID },
  license: { description: 'The license’s id.', example: CAD },
  serial: { description: 'The container’s serial.', example: SERIAL },
  container: { description: 'The serial of the container that the licenses are in.', example: SERIAL },
  customer: { description: 'The customer, or any of its names, as the order has it.', example: 'ACME' },
  product: { description: 'The product’s code.', example: 'cad' },
  ticket: { description: 'The ticket’s code, in any spelling.', example: TICKET },
  state: { description: 'The licenses’ state.', example: 'confirmed-collected' },
  pending: { description: 'The vendor’s action that is pending for the licenses.', example: 'withdraw' },
  expiresBefore: { description: 'Licenses whose terms end before this time.', example: '2027-01-31T00:00:00Z' },
  from: { description: 'The counter from which the chain is told; the last confirmed one unless given.', example: '7' },
  source: { description: 'Who sends the webhooks.', example: 'erp' },
  event: { description: 'The event’s id.', example: EVENT },
};

/** In paths that name a thing by `code` or `id`, the thing is told by the path's first part. */
export const OF_PATH: Readonly<Record<string, Parameter>> = {
  '/products/{code}': { description: 'The product’s code.', example: 'render' },
  '/tickets/{code}': { description: 'The ticket’s code, in any spelling.', example: TICKET },
  '/depot/tickets/{code}': { description: 'The ticket’s code, in any spelling.', example: TICKET },
  '/depot/reprogrammings/{id}': { description: 'The reprogramming’s id.', example: REPROGRAMMING },
};

const TEXT = { type: 'string' } as const;

/** Headers that requests carry beside the token. */
export const REQUEST_HEADERS = {
  'idempotency-key': {
    name: 'Idempotency-Key',
    description:
      'The same request again under the same key gets the same answer, for 30 days, and is carried out once ' +
      '(draft-ietf-httpapi-idempotency-key-header).',
    example: '7c0d3f5e-2f0b-4c5a-9a57-1f6f0f8b2f11',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  },
  prefer: {
    name: 'Prefer',
    description: '`wait=n` waits up to n seconds, 10 at most, for what is under way (RFC 7240).',
    example: 'wait=10',
    schema: TEXT,
  },
  'if-match': {
    name: 'If-Match',
    description: 'Changes it only if it still has one of these entity tags (RFC 9110); `*`: only if it is there.',
    example: '"Zk3vJ0aQ1r8YwXb7c5TnUg"',
    schema: TEXT,
  },
  'if-none-match': {
    name: 'If-None-Match',
    description: 'Only if it has none of these entity tags (RFC 9110); `*`: only if it is not there.',
    example: '"Zk3vJ0aQ1r8YwXb7c5TnUg"',
    schema: TEXT,
  },
  'x-shopify-hmac-sha256': {
    name: 'X-Shopify-Hmac-Sha256',
    description: 'HMAC-SHA256 over the body, base64.',
    example: '<base64 of 32 bytes>',
    required: true,
    schema: TEXT,
  },
  'x-shopify-topic': {
    name: 'X-Shopify-Topic',
    description: 'What it tells of.',
    example: 'orders/paid',
    schema: TEXT,
  },
  'x-shopify-webhook-id': {
    name: 'X-Shopify-Webhook-Id',
    description: 'The same in every attempt: it is taken once.',
    example: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    schema: TEXT,
  },
  'x-shopify-shop-domain': {
    name: 'X-Shopify-Shop-Domain',
    description: 'The shop.',
    example: 'acme.myshopify.com',
    schema: TEXT,
  },
  'stripe-signature': {
    name: 'Stripe-Signature',
    description: 'The time, and HMAC-SHA256 over the time and the body.',
    example: 't=1795392000,v1=<hex of 32 bytes>',
    required: true,
    schema: TEXT,
  },
  'webhook-id': {
    name: 'webhook-id',
    description: 'The sender’s id of the message: it is taken once.',
    example: 'msg_2026-0815',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 256 },
  },
  'webhook-timestamp': {
    name: 'webhook-timestamp',
    description: 'Seconds since 1970, from now: 300 seconds early or late at most.',
    example: '1795392000',
    required: true,
    schema: TEXT,
  },
  'webhook-signature': {
    name: 'webhook-signature',
    description: 'HMAC-SHA256 over `id.timestamp.body`, base64; one of several is enough.',
    example: 'v1,<base64 of 32 bytes>',
    required: true,
    schema: TEXT,
  },
} as const satisfies Record<string, Parameter & { name: string; required?: true; schema: object }>;
export type RequestHeader = keyof typeof REQUEST_HEADERS;
