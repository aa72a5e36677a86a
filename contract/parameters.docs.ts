import { CAD, CURSOR, EVENT, ORDER_ID, REPROGRAMMING, SERIAL, TICKET } from './examples.ts';

export interface Parameter {
  readonly description: string;
  readonly example: string;
}

/** Descriptions of path and query parameters, by name. The docs of an endpoint can override them. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  cursor: {
    description: 'The `cursor` of the previous page, which must have had the same query.',
    example: CURSOR,
  },
  limit: { description: 'Items per page, 1 to 1000. Default: 100.', example: '100' },
  sku: { description: 'A SKU as the shop spells it.', example: 'CAD-PRO-2' },
  orderId: { description: 'The ERP’s own order id.', example: ORDER_ID },
  license: { description: 'The license’s id.', example: CAD },
  serial: { description: 'The container’s serial.', example: SERIAL },
  container: { description: 'The serial of the container that the licenses are in.', example: SERIAL },
  customer: { description: 'A piece of a name of the customer, in any case.', example: 'acme' },
  customerName: {
    description: 'The whole name of the customer, or one of its names. Case and repeated spaces do not matter.',
    example: 'ACME',
  },
  order: { description: 'Which end of the list comes first. Default: `oldest`.', example: 'newest' },
  product: { description: 'The product’s code.', example: 'cad' },
  ticket: { description: 'The ticket’s code, in any spelling.', example: TICKET },
  state: {
    description: 'The state of the licenses. Without it, the list has every state except `withdrawn` and `replaced`.',
    example: 'confirmed-collected',
  },
  pending: { description: 'The vendor action that is pending for the licenses.', example: 'withdraw' },
  expiresBefore: { description: 'Licenses whose terms end before this time.', example: '2027-01-31T00:00:00Z' },
  from: { description: 'The counter at which the chain starts. Default: the last confirmed one.', example: '7' },
  source: { description: 'The sender of the webhooks.', example: 'erp' },
  event: { description: 'The event’s id.', example: EVENT },
};

/** Descriptions of `code` and `id`, which differ by path. */
export const OF_PATH: Readonly<Record<string, Parameter>> = {
  '/products/{code}': { description: 'The product’s code.', example: 'render' },
  '/tickets/{code}': { description: 'The ticket’s code, in any spelling.', example: TICKET },
  '/depot/tickets/{code}': { description: 'The ticket’s code, in any spelling.', example: TICKET },
  '/depot/reprogrammings/{id}': { description: 'The reprogramming’s id.', example: REPROGRAMMING },
};

const TEXT = { type: 'string' } as const;

/** Headers of requests, beside the token. */
export const REQUEST_HEADERS = {
  'idempotency-key': {
    name: 'Idempotency-Key',
    description:
      'A repeated request with the same key is executed once and gets the same answer, for 30 days ' +
      '(draft-ietf-httpapi-idempotency-key-header).',
    example: '7c0d3f5e-2f0b-4c5a-9a57-1f6f0f8b2f11',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  },
  prefer: {
    name: 'Prefer',
    description: '`wait=n` waits up to n seconds, at most 10, for the result (RFC 7240).',
    example: 'wait=10',
    schema: TEXT,
  },
  'if-match': {
    name: 'If-Match',
    description: 'Changes the resource only if it has one of these entity tags (RFC 9110); `*`: only if it exists.',
    example: '"Zk3vJ0aQ1r8YwXb7c5TnUg"',
    schema: TEXT,
  },
  'if-none-match': {
    name: 'If-None-Match',
    description:
      'Applies only if the resource has none of these entity tags (RFC 9110); `*`: only if it does not exist.',
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
    description: 'The kind of event.',
    example: 'orders/paid',
    schema: TEXT,
  },
  'x-shopify-webhook-id': {
    name: 'X-Shopify-Webhook-Id',
    description: 'The same in every attempt. The webhook is processed once per id.',
    example: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    schema: TEXT,
  },
  'x-shopify-shop-domain': {
    name: 'X-Shopify-Shop-Domain',
    description: 'The domain of the shop.',
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
    description: 'The sender’s id of the message. The webhook is processed once per id.',
    example: 'msg_2026-0815',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 256 },
  },
  'webhook-timestamp': {
    name: 'webhook-timestamp',
    description: 'Seconds since 1970, at most 300 seconds before or after the server’s time.',
    example: '1795392000',
    required: true,
    schema: TEXT,
  },
  'webhook-signature': {
    name: 'webhook-signature',
    description: 'HMAC-SHA256 over `id.timestamp.body`, base64. One valid signature is enough.',
    example: 'v1,<base64 of 32 bytes>',
    required: true,
    schema: TEXT,
  },
} as const satisfies Record<string, Parameter & { name: string; required?: true; schema: object }>;
export type RequestHeader = keyof typeof REQUEST_HEADERS;
