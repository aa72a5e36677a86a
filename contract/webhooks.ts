import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import { licenseId, orderBody, orderId, page, reason, replacement, text } from './inputs.ts';
import { done, pageOf } from './shapes/forms.ts';
import { newWebhookSecret, WEBHOOK_SOURCES, webhook, webhookAccepted, webhookSecrets } from './shapes/webhook.ts';

/** A secret as its source writes it; `createWebhookSecret` checks the form of an ERP's secret. */
const WEBHOOK_SECRET = /^[\x21-\x7e]{16,256}$/;

const webhookSource = z.enum(WEBHOOK_SOURCES);

/** The sender chooses the id: any printable characters. */
const webhookParams = z.strictObject({ id: text(256) });

/** Incoming webhooks, from the ERP or from a shop. */
export const WEBHOOKS = {
  receiveErpWebhook: {
    method: 'POST',
    path: '/webhooks/erp',
    function: 'vendor',
    raw: true,
    request: { body: z.string() },
    answers: { 202: webhookAccepted },
    problems: ['unauthorized'],
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
        ...page,
        state: z.optional(z.enum(['done', 'failed', 'waiting', 'ignored'])),
        source: z.optional(webhookSource),
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

/** The body of an ERP's webhook: Standard Webhooks' `type`, `timestamp` and `data`. */
export const erpEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('order.created'), data: orderBody }),
  z.object({ type: z.literal('order.cancelled'), data: z.strictObject({ orderId, reason: z.optional(reason) }) }),
  z.object({
    type: z.literal('license.withdraw'),
    data: z.strictObject({ license: licenseId, reason: z.optional(reason) }),
  }),
  z.object({ type: z.literal('license.replace'), data: z.strictObject({ license: licenseId, ...replacement }) }),
]);
export type ErpEvent = z.infer<typeof erpEvent>;
