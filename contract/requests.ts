import * as z from 'zod/mini';
import { EVENT_FILTERS } from '../domain/history.ts';
import {
  MAX_ITEMS_OF_SKU,
  MAX_LICENSES_ON_TICKET,
  MAX_MANUAL_ACTIONS,
  MAX_NAMED_LICENSE_BYTES,
  MAX_ORDER_ID_BYTES,
  MAX_REQUIRES,
  MAX_SKU_CHARACTERS,
} from '../domain/limits.ts';
import { parseTicketCode } from '../domain/ticket-code.ts';
import { type EndpointName, SCOPES } from './endpoints.ts';
import { WEBHOOK_SOURCES } from './webhook-sources.ts';

/** What each endpoint accepts. Unknown members are an error everywhere. */

const text = (longest: number) =>
  z
    .string()
    .check(z.trim(), z.minLength(1), z.maxLength(longest), z.regex(PRINTABLE, 'must have no control characters'));
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out.
const PRINTABLE = /^[^\u0000-\u001f\u007f]*$/;

const code = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a code: 1 to 64 of A-Z a-z 0-9 . _ -'));
const orderId = text(MAX_ORDER_ID_BYTES).check(
  // One of too many characters has been told so.
  z.refine(
    (id) => [...id].length > MAX_ORDER_ID_BYTES || Buffer.byteLength(id) <= MAX_ORDER_ID_BYTES,
    `at most ${MAX_ORDER_ID_BYTES} bytes in UTF-8`,
  ),
);
const licenseId = z.string().check(z.minLength(1), z.maxLength(64));
/** Of any form: one that is nowhere is a conflict, with its reason (Q6). Its bytes are bounded as they are handed on. */
const namedLicense = licenseId.check(
  z.refine(
    (id) => Buffer.byteLength(JSON.stringify(id)) - 2 <= MAX_NAMED_LICENSE_BYTES,
    `at most ${MAX_NAMED_LICENSE_BYTES} bytes`,
  ),
);
const serial = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'a container serial: 43 base64url characters'));
const time = z.iso.datetime({ error: 'an RFC 3339 time in UTC, such as 2027-01-31T00:00:00Z' });
const reason = text(500);

/** A ticket code in any spelling that a person may type; it is stored in one. */
const typedTicketCode = z.string().check(z.maxLength(64));
/** What is no code is on no ticket, whatever it says. */
const asTicketCode = z.transform((typed: string) => parseTicketCode(typed) ?? '');
const ticketCode = z.pipe(typedTicketCode, asTicketCode);

/** Where a wrong code finds nothing, but must not pass for a condition that holds. */
const wellFormedTicketCode = z.pipe(
  typedTicketCode.check(z.refine((typed) => parseTicketCode(typed) !== undefined, 'not a ticket code')),
  asTicketCode,
);

const feature = z.string().check(z.minLength(1), z.maxLength(100));

export const terms = z.strictObject({
  expiresAt: z.optional(time),
  maintenanceUntil: z.optional(time),
  quantity: z.optional(z.int().check(z.positive(), z.maximum(1_000_000_000))),
  features: z.optional(z.array(feature).check(z.maxLength(100))),
});

const features = z.array(feature).check(z.maxLength(100));
const requires = z.array(code).check(z.maxLength(MAX_REQUIRES));

const orderItem = z.strictObject({
  product: code,
  quantity: z.optional(z.int().check(z.positive(), z.maximum(MAX_LICENSES_ON_TICKET))),
  terms: z.optional(terms),
});

/** The vendor's own reference to the customer: a text, or a few named ones. */
const customer = z.union([text(256), z.record(z.string().check(z.maxLength(64)), z.string().check(z.maxLength(256)))]);

const limit = z.optional(
  z.pipe(
    z.string().check(z.regex(/^\d{1,4}$/, 'a whole number from 1 to 1000')),
    z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(1000))),
  ),
);
/** A cursor has the keys of what it continues after: a few texts that may have 1,024 bytes each. */
const page = { limit, cursor: z.optional(z.string().check(z.maxLength(4096))) };
const counter = z.pipe(
  z.string().check(z.regex(/^\d{1,10}$/, 'a counter: a whole number')),
  z.transform((digits: string) => Number(digits)),
);

const yesOrNo = z.pipe(
  z.enum(['true', 'false']),
  z.transform((choice: 'true' | 'false') => choice === 'true'),
);

const nothing = z.strictObject({});
const licenseParams = z.strictObject({ license: licenseId });
const containerParams = z.strictObject({ serial });
const assignmentParams = z.strictObject({ serial, license: licenseId });
const context = z.string().check(z.minLength(1), z.maxLength(8_192));

/** A shop's own, as it spells them: anything printable. */
const skuParams = z.strictObject({ sku: text(MAX_SKU_CHARACTERS) });

/** Ids are the sender's: anything printable. */
const webhookParams = z.strictObject({ id: text(256) });
/** A secret as its source writes it; what an ERP's must look like is looked at where it is added. */
const WEBHOOK_SECRET = /^[\x21-\x7e]{16,256}$/;
const webhookSource = z.enum(WEBHOOK_SOURCES);

const generatedId = z.string().check(z.regex(/^[0-9A-Z]{1,40}$/, 'an id'));
const bulkParams = z.strictObject({ id: generatedId });
const endpointParams = z.strictObject({ id: generatedId });
const eventId = z.string().check(z.regex(/^[0-9A-Z]{26}(-\d{4,})?$/, 'an event id'));
const eventEndpoint = {
  url: z.string().check(z.minLength(1), z.maxLength(2048)),
  /** None: every event. */
  types: z.optional(z.array(z.enum(EVENT_FILTERS)).check(z.minLength(1), z.maxLength(EVENT_FILTERS.length))),
  description: z.optional(text(200)),
};

const tokenParams = z.strictObject({ id: z.string().check(z.minLength(1), z.maxLength(64)) });
const requestsPerMinute = z.optional(z.int().check(z.positive(), z.maximum(1_000_000)));

const orderReason = z.strictObject({ reason: z.optional(reason) });

export const order = z.strictObject({
  orderId,
  customer: z.optional(customer),
  items: z.array(orderItem).check(z.minLength(1), z.maxLength(MAX_LICENSES_ON_TICKET)),
});
const licenseQuery = {
  customer: z.optional(text(256)),
  orderId: z.optional(orderId),
  product: z.optional(code),
  ticket: z.optional(wellFormedTicketCode),
  container: z.optional(serial),
  state: z.optional(
    z.enum(['available', 'collected-without-receipt', 'confirmed-collected', 'returned-without-receipt']),
  ),
  pending: z.optional(z.enum(['withdraw', 'replace', 'assign'])),
  expiresBefore: z.optional(time),
};
const replacement = { product: z.optional(code), terms: z.optional(terms), reason: z.optional(reason) };

/** What an ERP's webhook tells: Standard Webhooks' `type`, `timestamp` and `data`. */
export const erpEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('order.created'), data: order }),
  z.object({ type: z.literal('order.cancelled'), data: z.strictObject({ orderId, reason: z.optional(reason) }) }),
  z.object({
    type: z.literal('license.withdraw'),
    data: z.strictObject({ license: licenseId, reason: z.optional(reason) }),
  }),
  z.object({ type: z.literal('license.replace'), data: z.strictObject({ license: licenseId, ...replacement }) }),
]);
export type ErpEvent = z.infer<typeof erpEvent>;

export const REQUESTS = {
  putProduct: {
    params: z.strictObject({ code }),
    query: nothing,
    body: z.strictObject({
      code: z.optional(code),
      name: z.optional(text(200)),
      features: z.optional(features),
      requires: z.optional(requires),
    }),
  },
  listProducts: { params: nothing, query: z.strictObject(page), body: nothing },
  getProduct: { params: z.strictObject({ code }), query: nothing, body: nothing },
  putSkuMapping: {
    params: skuParams,
    query: nothing,
    body: z.strictObject({ items: z.array(orderItem).check(z.maxLength(MAX_ITEMS_OF_SKU)) }),
  },
  listSkuMappings: { params: nothing, query: z.strictObject(page), body: nothing },
  getSkuMapping: { params: skuParams, query: nothing, body: nothing },
  deleteSkuMapping: { params: skuParams, query: nothing, body: nothing },
  createOrder: {
    params: nothing,
    query: nothing,
    body: order,
  },
  listOrders: {
    params: nothing,
    query: z.strictObject({ ...page, customer: z.optional(text(256)), product: z.optional(code) }),
    body: nothing,
  },
  getOrder: { params: z.strictObject({ orderId }), query: nothing, body: nothing },
  lookUpTicket: { params: z.strictObject({ code: ticketCode }), query: nothing, body: nothing },
  getOrderHistory: { params: z.strictObject({ orderId }), query: z.strictObject(page), body: nothing },
  listLicenses: {
    params: nothing,
    query: z.strictObject({
      ...page,
      ...licenseQuery,
    }),
    body: nothing,
  },
  getLicense: { params: licenseParams, query: nothing, body: nothing },
  getLicenseHistory: { params: licenseParams, query: z.strictObject(page), body: nothing },
  withdrawLicense: { params: licenseParams, query: nothing, body: orderReason },
  cancelWithdrawal: { params: licenseParams, query: nothing, body: nothing },
  replaceLicense: {
    params: licenseParams,
    query: nothing,
    body: z.strictObject(replacement),
  },
  cancelReplacement: { params: licenseParams, query: nothing, body: nothing },
  assignLicense: { params: assignmentParams, query: nothing, body: orderReason },
  cancelAssignment: { params: assignmentParams, query: nothing, body: nothing },
  createBulkOrder: {
    params: nothing,
    query: nothing,
    body: z.strictObject({
      action: z.enum(['withdraw', 'replace']),
      query: z.strictObject(licenseQuery),
      replacement: z.optional(z.strictObject({ product: z.optional(code), terms: z.optional(terms) })),
      reason: z.optional(reason),
      preview: z.optional(z.boolean()),
    }),
  },
  listBulkOrders: { params: nothing, query: z.strictObject(page), body: nothing },
  getBulkOrder: { params: bulkParams, query: nothing, body: nothing },
  listBulkOrderLicenses: {
    params: bulkParams,
    query: z.strictObject({
      ...page,
      outcome: z.optional(z.enum(['open', 'withdrawn', 'replaced', 'pending', 'refused'])),
    }),
    body: nothing,
  },
  stopBulkOrder: { params: bulkParams, query: nothing, body: nothing },
  listContainers: {
    params: nothing,
    query: z.strictObject({
      ...page,
      status: z.optional(z.enum(['active', 'retired'])),
      pending: z.optional(yesOrNo),
      outstanding: z.optional(yesOrNo),
      lastContactBefore: z.optional(time),
      lastContactAfter: z.optional(time),
      order: z.optional(z.enum(['newest', 'oldest'])),
    }),
    body: nothing,
  },
  getContainer: { params: containerParams, query: nothing, body: nothing },
  getContainerHistory: { params: containerParams, query: z.strictObject(page), body: nothing },
  getContainerAutoUpdates: { params: containerParams, query: nothing, body: nothing },
  listAutoUpdates: { params: nothing, query: z.strictObject(page), body: nothing },
  pushReprogramming: { params: containerParams, query: nothing, body: nothing },
  getUpdates: { params: containerParams, query: z.strictObject({ from: z.optional(counter) }), body: nothing },
  retireContainer: {
    params: containerParams,
    query: nothing,
    body: z.strictObject({ licenses: z.enum(['withdraw', 'restore']), reason }),
  },
  receiveErpWebhook: { params: nothing, query: nothing, body: z.string() },
  receiveShopifyWebhook: { params: nothing, query: nothing, body: z.string() },
  receiveStripeWebhook: { params: nothing, query: nothing, body: z.string() },
  listWebhooks: {
    params: nothing,
    query: z.strictObject({
      ...page,
      state: z.optional(z.enum(['done', 'failed', 'waiting', 'ignored'])),
      source: z.optional(webhookSource),
    }),
    body: nothing,
  },
  getWebhook: { params: webhookParams, query: nothing, body: nothing },
  replayWebhook: { params: webhookParams, query: nothing, body: nothing },
  createWebhookSecret: {
    params: nothing,
    query: nothing,
    body: z.strictObject({
      source: z.optional(webhookSource),
      secret: z.optional(z.string().check(z.regex(WEBHOOK_SECRET, '16 to 256 printable characters'))),
    }),
  },
  listWebhookSecrets: {
    params: nothing,
    query: z.strictObject({ source: z.optional(webhookSource) }),
    body: nothing,
  },
  deleteWebhookSecret: {
    params: z.strictObject({ id: z.string().check(z.maxLength(40)) }),
    query: nothing,
    body: nothing,
  },
  createEventEndpoint: { params: nothing, query: nothing, body: z.strictObject(eventEndpoint) },
  listEventEndpoints: { params: nothing, query: nothing, body: nothing },
  getEventEndpoint: { params: endpointParams, query: nothing, body: nothing },
  putEventEndpoint: {
    params: endpointParams,
    query: nothing,
    body: z.strictObject({ ...eventEndpoint, enabled: z.optional(z.boolean()) }),
  },
  deleteEventEndpoint: { params: endpointParams, query: nothing, body: nothing },
  rotateEventSecret: { params: endpointParams, query: nothing, body: nothing },
  pingEventEndpoint: { params: endpointParams, query: nothing, body: nothing },
  listDeadLetters: { params: endpointParams, query: z.strictObject(page), body: nothing },
  replayDeadLetters: { params: endpointParams, query: nothing, body: nothing },
  replayDeadLetter: {
    params: z.strictObject({ id: generatedId, event: eventId }),
    query: nothing,
    body: nothing,
  },
  createToken: {
    params: nothing,
    query: nothing,
    body: z.strictObject({
      name: text(100),
      scopes: z.array(z.enum(SCOPES)).check(z.minLength(1), z.maxLength(SCOPES.length)),
      expiresAt: z.optional(time),
      requestsPerMinute,
    }),
  },
  listTokens: { params: nothing, query: z.strictObject(page), body: nothing },
  getToken: { params: tokenParams, query: nothing, body: nothing },
  putToken: { params: tokenParams, query: nothing, body: z.strictObject({ name: text(100), requestsPerMinute }) },
  revokeToken: { params: tokenParams, query: nothing, body: nothing },
  getTicket: { params: z.strictObject({ code: ticketCode }), query: nothing, body: nothing },
  createReprogramming: {
    params: nothing,
    query: nothing,
    body: z.strictObject({
      context,
      activate: z.optional(
        z.array(z.strictObject({ ticket: ticketCode, license: namedLicense })).check(z.maxLength(MAX_MANUAL_ACTIONS)),
      ),
      deactivate: z.optional(z.array(namedLicense).check(z.maxLength(MAX_MANUAL_ACTIONS))),
      preview: z.optional(z.boolean()),
    }),
  },
  getReprogramming: {
    params: z.strictObject({ id: z.string().check(z.maxLength(100)) }),
    query: nothing,
    body: nothing,
  },
  createReceipt: { params: nothing, query: nothing, body: z.strictObject({ context }) },
  findAutoUpdates: { params: nothing, query: nothing, body: z.strictObject({ context }) },
  getJwks: { params: nothing, query: nothing, body: nothing },
  getProblem: { params: z.strictObject({ code: z.string().check(z.maxLength(64)) }), query: nothing, body: nothing },
  getOpenApi: { params: nothing, query: nothing, body: nothing },
  getDocs: { params: nothing, query: nothing, body: nothing },
  getDocsFile: { params: z.strictObject({ file: z.string().check(z.maxLength(64)) }), query: nothing, body: nothing },
} as const satisfies Record<EndpointName, { params: z.ZodMiniType; query: z.ZodMiniType; body: z.ZodMiniType }>;

/** A request as its endpoint's operation gets it: everything parsed. Header names are lower case. */
export interface RequestOf<Name extends EndpointName> {
  readonly params: z.infer<(typeof REQUESTS)[Name]['params']>;
  readonly query: z.infer<(typeof REQUESTS)[Name]['query']>;
  readonly body: z.infer<(typeof REQUESTS)[Name]['body']>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}
