import * as z from 'zod/mini';
import { problem } from '../problem-schemas.ts';
import { generatedId, licenseId, text, ticketCode, time } from './forms.ts';
import { pendingOnContainer } from './license.ts';

/** The senders of webhooks: the vendor's ERP and its shops. */
export const WEBHOOK_SOURCES = ['erp', 'shopify', 'stripe'] as const;
export type WebhookSource = (typeof WEBHOOK_SOURCES)[number];

/** The result of a cancelled order or of a refund, per license. */
const cancellation = {
  orderId: text,
  withdrawn: z.array(licenseId),
  pending: z.array(licenseId),
  refused: z.array(z.strictObject({ license: licenseId, problem })),
};

const result = z.union([
  z.strictObject({ orderId: text, ticket: ticketCode }),
  z.strictObject(cancellation),
  z.strictObject({ ...cancellation, refund: text }),
  /** Why the webhook changed nothing. */
  z.strictObject({ orderId: z.exactOptional(text), reason: text }),
  z.strictObject({ orderId: text }),
  z.strictObject({ status: z.literal('withdrawn') }),
  pendingOnContainer,
  z.strictObject({ status: z.enum(['replaced', 'pending']), license: licenseId }),
]);

const state = z.enum(['received', 'done', 'failed', 'waiting', 'ignored']);
const source = z.enum(WEBHOOK_SOURCES);

export const webhookAccepted = z.strictObject({ id: text, state });

export const webhook = z.strictObject({
  ...webhookAccepted.shape,
  source,
  /** Shopify's topic, and the shop's domain. */
  topic: z.exactOptional(z.string()),
  shop: z.exactOptional(text),
  receivedAt: time,
  /** The body as received. */
  body: z.string(),
  result: z.exactOptional(result),
  problem: z.exactOptional(problem),
});

const webhookSecret = z.strictObject({ id: generatedId, createdAt: time });
export const webhookSecrets = z.strictObject({ source, items: z.array(webhookSecret) });
export const newWebhookSecret = z.strictObject({ ...webhookSecret.shape, source, secret: z.string() });
