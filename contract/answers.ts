import * as z from 'zod/mini';
import type { EndpointName } from './endpoints.ts';
import { bulkLicense, bulkOrder } from './shapes/bulk-order.ts';
import { autoUpdate, autoUpdatesOfContainer, container, containerSummary, receipt } from './shapes/container.ts';
import {
  deadLetter,
  deadLettersQueued,
  eventEndpoint,
  eventEndpointWithSecret,
  eventQueued,
} from './shapes/event-endpoint.ts';
import { done, listOf, pageOf, text } from './shapes/forms.ts';
import { historyEvent, licenseHistory } from './shapes/history.ts';
import { license, pendingOnContainer, replaced, replacementPending, ticket } from './shapes/license.ts';
import { order, orderSummary, skuMapping, ticketOrder } from './shapes/order.ts';
import { problemPage } from './shapes/problem-page.ts';
import { product } from './shapes/product.ts';
import { reprogramming, updateFile } from './shapes/reprogramming.ts';
import { newToken, token } from './shapes/token.ts';
import { newWebhookSecret, webhook, webhookAccepted, webhookSecrets } from './shapes/webhook.ts';

/** The vendor's public update keys (RFC 7517, RFC 8037). */
const jwks = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: text,
      kid: text,
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
    }),
  ),
});

/**
 * What each endpoint answers when all goes well, by status; problems are the same everywhere (`problems.ts`). A text is
 * what goes out as it is. The test client holds every answer to its schema, to the letter; for clients they are open: more
 * members may be added. Only the function that describes the API needs them at run time, the others their types.
 */
export const ANSWERS = {
  putProduct: { 200: product, 201: product },
  listProducts: { 200: pageOf(product) },
  getProduct: { 200: product },
  putSkuMapping: { 200: skuMapping, 201: skuMapping },
  listSkuMappings: { 200: pageOf(skuMapping) },
  getSkuMapping: { 200: skuMapping },
  deleteSkuMapping: { 200: done('deleted') },
  createOrder: { 200: order, 201: order },
  listOrders: { 200: pageOf(orderSummary) },
  getOrder: { 200: order },
  getOrderHistory: { 200: pageOf(historyEvent) },
  lookUpTicket: { 200: ticketOrder },
  listLicenses: { 200: pageOf(license) },
  getLicense: { 200: license },
  getLicenseHistory: { 200: licenseHistory },
  withdrawLicense: { 200: done('withdrawn'), 202: pendingOnContainer },
  cancelWithdrawal: { 200: done('cancelled') },
  replaceLicense: { 200: replaced, 202: replacementPending },
  cancelReplacement: { 200: done('cancelled') },
  assignLicense: { 202: pendingOnContainer },
  cancelAssignment: { 200: done('cancelled') },
  createBulkOrder: { 200: bulkOrder, 202: bulkOrder },
  listBulkOrders: { 200: pageOf(bulkOrder) },
  getBulkOrder: { 200: bulkOrder },
  listBulkOrderLicenses: { 200: pageOf(bulkLicense) },
  stopBulkOrder: { 200: bulkOrder, 202: bulkOrder },
  listContainers: { 200: pageOf(containerSummary) },
  getContainer: { 200: container },
  getContainerHistory: { 200: pageOf(historyEvent) },
  getContainerAutoUpdates: { 200: listOf(autoUpdate) },
  listAutoUpdates: { 200: pageOf(autoUpdatesOfContainer) },
  pushReprogramming: { 200: reprogramming, 202: reprogramming },
  getUpdates: { 200: updateFile },
  retireContainer: { 200: container },
  receiveErpWebhook: { 202: webhookAccepted },
  receiveShopifyWebhook: { 200: webhookAccepted },
  receiveStripeWebhook: { 200: webhookAccepted },
  listWebhooks: { 200: pageOf(webhook) },
  getWebhook: { 200: webhook },
  replayWebhook: { 200: webhook },
  createWebhookSecret: { 201: newWebhookSecret },
  listWebhookSecrets: { 200: webhookSecrets },
  deleteWebhookSecret: { 200: done('deleted') },
  createEventEndpoint: { 201: eventEndpointWithSecret },
  listEventEndpoints: { 200: listOf(eventEndpoint) },
  getEventEndpoint: { 200: eventEndpoint },
  putEventEndpoint: { 200: eventEndpoint },
  deleteEventEndpoint: { 200: done('deleted') },
  rotateEventSecret: { 201: eventEndpointWithSecret },
  pingEventEndpoint: { 202: eventQueued },
  listDeadLetters: { 200: pageOf(deadLetter) },
  replayDeadLetters: { 202: deadLettersQueued },
  replayDeadLetter: { 202: eventQueued },
  createToken: { 201: newToken },
  listTokens: { 200: pageOf(token) },
  getToken: { 200: token },
  putToken: { 200: token },
  revokeToken: { 200: done('revoked') },
  getTicket: { 200: ticket },
  createReprogramming: { 200: reprogramming, 202: reprogramming },
  getReprogramming: { 200: reprogramming },
  createReceipt: { 200: receipt },
  findAutoUpdates: { 200: listOf(autoUpdate) },
  getJwks: { 200: jwks },
  getProblem: { 200: problemPage },
  getOpenApi: { 200: z.looseObject({ openapi: z.literal('3.1.0') }) },
  getDocs: { 200: z.string() },
  getDocsFile: { 200: z.string() },
} as const satisfies Record<EndpointName, Readonly<Record<number, z.ZodMiniType>>>;

/** What an endpoint answers, with one status or with any. */
export type AnswerOf<
  Name extends EndpointName,
  Status extends keyof (typeof ANSWERS)[Name] = keyof (typeof ANSWERS)[Name],
> = (typeof ANSWERS)[Name][Status] extends infer Schema
  ? Schema extends z.ZodMiniType
    ? DeepReadonly<z.infer<Schema>>
    : never
  : never;

/** A schema's type as it is shown: nobody changes an answer. */
export type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;
