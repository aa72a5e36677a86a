import * as z from 'zod/mini';
import { shortLine, singleLine } from '../domain/single-line.ts';
import type { Endpoints } from './endpoint.ts';
import {
  code,
  customer,
  licenseId,
  NO_TERM_TO_RENEW,
  namesTerm,
  orderBody,
  orderId,
  reason,
  renewal,
  replacement,
  revisionBody,
  sortedPage,
  text,
} from './inputs.ts';
import { done, pageOf } from './shapes/forms.ts';
import {
  newWebhookSecret,
  TEST_MODES,
  UNKNOWN_SKUS,
  WEBHOOK_STATES,
  webhook,
  webhookAccepted,
  webhookSecrets,
  webhookSource as webhookSourceAnswer,
} from './shapes/webhook.ts';
import { SHOPS, WEBHOOK_SOURCES } from './webhook-sources.ts';

/** A secret as its source writes it; `createWebhookSecret` checks the form of an ERP's secret. */
const WEBHOOK_SECRET = /^[\x21-\x7e]{16,256}$/;

const webhookSource = z.enum(WEBHOOK_SOURCES);

/** The sender chooses the id: any printable characters. */
const webhookId = text(256);
const webhookParams = z.strictObject({ id: webhookId });

const shopParams = z.strictObject({ source: z.enum(SHOPS) });

/** Incoming webhooks, from the ERP or from a shop. */
export const WEBHOOKS = {
  receiveErpWebhook: {
    method: 'POST',
    path: '/webhooks/erp',
    function: 'vendor',
    raw: true,
    request: { body: z.string() },
    answers: { 202: webhookAccepted },
    problems: ['unauthorized', 'idempotency-key-reused'],
  },
  receiveShopifyWebhook: {
    method: 'POST',
    path: '/webhooks/shopify',
    function: 'vendor',
    raw: true,
    request: { body: z.string() },
    answers: { 200: webhookAccepted },
    problems: ['unauthorized'],
  },
  receiveStripeWebhook: {
    method: 'POST',
    path: '/webhooks/stripe',
    function: 'vendor',
    raw: true,
    request: { body: z.string() },
    answers: { 200: webhookAccepted },
    problems: ['unauthorized'],
  },
  listWebhooks: {
    method: 'GET',
    path: '/webhooks',
    function: 'vendor',
    scope: 'webhooks:read',
    request: {
      query: z.strictObject({
        ...sortedPage,
        state: z.optional(z.enum(WEBHOOK_STATES)),
        source: z.optional(webhookSource),
        id: z.optional(webhookId),
      }),
    },
    answers: { 200: pageOf(webhook) },
    problems: [],
  },
  getWebhook: {
    method: 'GET',
    path: '/webhooks/{id}',
    function: 'vendor',
    scope: 'webhooks:read',
    request: { params: webhookParams },
    answers: { 200: webhook },
    problems: ['not-found'],
  },
  replayWebhook: {
    method: 'POST',
    path: '/webhooks/{id}/replay',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: webhookParams },
    answers: { 200: webhook },
    problems: ['not-found'],
  },
  closeWebhook: {
    method: 'POST',
    path: '/webhooks/{id}/close',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: webhookParams, body: z.strictObject({ reason }) },
    answers: { 200: webhook },
    problems: ['not-found'],
  },
  getWebhookSource: {
    method: 'GET',
    path: '/webhook-sources/{source}',
    function: 'vendor',
    scope: 'webhooks:read',
    request: { params: shopParams },
    answers: { 200: webhookSourceAnswer },
    problems: [],
  },
  putWebhookSource: {
    method: 'PUT',
    path: '/webhook-sources/{source}',
    function: 'vendor',
    scope: 'webhooks:write',
    request: {
      params: shopParams,
      body: z.strictObject({
        testMode: z.optional(z.enum(TEST_MODES)),
        unknownSkus: z.optional(z.enum(UNKNOWN_SKUS)),
      }),
    },
    answers: { 200: webhookSourceAnswer },
    problems: [],
  },
  createWebhookSecret: {
    method: 'POST',
    path: '/webhook-secrets',
    function: 'vendor',
    scope: 'webhooks:write',
    request: {
      body: z.strictObject({
        source: z.optional(webhookSource),
        secret: z.optional(z.string().check(z.regex(WEBHOOK_SECRET, '16 to 256 printable characters'))),
      }),
    },
    answers: { 201: newWebhookSecret },
    problems: [],
  },
  listWebhookSecrets: {
    method: 'GET',
    path: '/webhook-secrets',
    function: 'vendor',
    scope: 'webhooks:read',
    request: { query: z.strictObject({ source: z.optional(webhookSource) }) },
    answers: { 200: webhookSecrets },
    problems: [],
  },
  deleteWebhookSecret: {
    method: 'DELETE',
    path: '/webhook-secrets/{id}',
    function: 'vendor',
    scope: 'webhooks:write',
    request: { params: z.strictObject({ id: z.string().check(z.maxLength(40)) }) },
    answers: { 200: done('deleted') },
    problems: ['not-found'],
  },
} as const satisfies Endpoints;

const MAX_REASON_CHARACTERS = 500;

/** A reason as a person typed it, perhaps in several lines: its form must not stop the action. */
const typedReason = z.optional(
  z.pipe(
    z.nullable(z.string()),
    z.transform((typed) => {
      const shown = shortLine(typed ?? '', MAX_REASON_CHARACTERS);
      return shown === '' ? undefined : shown;
    }),
  ),
);

const typedLine = z.pipe(z.string(), z.transform(singleLine));

/** An order as an ERP sends it: the lines of a customer are joined into one line. */
const createdOrder = z.extend(orderBody, {
  customer: z.optional(z.pipe(z.union([typedLine, z.record(z.string(), typedLine)]), customer)),
});

/** An order's whole new state, as `PUT /orders/{orderId}` takes it, with the order's id. */
const changedOrder = z.extend(z.omit(revisionBody, { preview: true }), {
  orderId,
  customer: createdOrder.shape.customer,
});

/** The body of an ERP's webhook: Standard Webhooks' `type`, `timestamp` and `data`. */
export const erpEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('order.created'), data: createdOrder }),
  z.object({ type: z.literal('order.changed'), data: changedOrder }),
  z.object({ type: z.literal('order.cancelled'), data: z.strictObject({ orderId, reason: typedReason }) }),
  z.object({
    type: z.literal('order.renewed'),
    data: z
      .strictObject({ orderId, product: z.optional(code), ...renewal, reason: typedReason })
      .check(z.refine(namesTerm, NO_TERM_TO_RENEW)),
  }),
  z.object({
    type: z.literal('license.renew'),
    data: z
      .strictObject({ license: licenseId, ...renewal, reason: typedReason })
      .check(z.refine(namesTerm, NO_TERM_TO_RENEW)),
  }),
  z.object({
    type: z.literal('license.withdraw'),
    data: z.strictObject({ license: licenseId, reason: typedReason }),
  }),
  z.object({
    type: z.literal('license.replace'),
    data: z.strictObject({ license: licenseId, ...replacement, reason: typedReason }),
  }),
]);
export type ErpEvent = z.infer<typeof erpEvent>;
