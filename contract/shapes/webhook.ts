import * as z from 'zod/mini';
import { problem, refusedUnits } from '../problem-schemas.ts';
import { SHOPS, WEBHOOK_SOURCES } from '../webhook-sources.ts';
import { generatedId, licenseId, text, ticketCode, time } from './forms.ts';
import { author } from './history.ts';
import { pendingOnContainer } from './license.ts';
import { revisedOrder } from './order.ts';

const changed = {
  orderId: text,
  pending: z.array(licenseId),
  refused: z.array(z.strictObject({ license: licenseId, problem })),
};

/** The result of a cancelled order or of a refund, per license. */
const cancellation = { ...changed, withdrawn: z.array(licenseId) };

const result = z.union([
  z.strictObject({
    orderId: text,
    ticket: ticketCode,
    /** SKUs of lines that delivered nothing, because the source skips unknown SKUs. */
    skipped: z.exactOptional(z.array(text)),
    test: z.exactOptional(z.literal(true)),
  }),
  /** Of a revised order. */
  z.strictObject({ orderId: text, revision: revisedOrder.shape.revision, units: revisedOrder.shape.units }),
  /** Of a refused revision: the units that cause it. */
  z.strictObject({ orderId: text, units: refusedUnits }),
  z.strictObject(cancellation),
  /** The result of a renewed order, per license. */
  z.strictObject({ ...changed, renewed: z.array(licenseId) }),
  z.strictObject({ ...cancellation, refund: text }),
  /** Why the webhook changed nothing. */
  z.strictObject({ orderId: z.exactOptional(text), reason: text }),
  z.strictObject({ orderId: text }),
  z.strictObject({ status: z.literal('withdrawn') }),
  pendingOnContainer,
  z.strictObject({ status: z.enum(['replaced', 'renewed', 'pending']), license: licenseId }),
]);

export const WEBHOOK_STATES = ['received', 'done', 'failed', 'waiting', 'ignored', 'closed'] as const;
const state = z.enum(WEBHOOK_STATES);
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
  /** Other bodies came under its id; each is kept as a webhook of its own. */
  otherBodies: z.exactOptional(z.array(text)),
  /** The id under which it came, which belongs to an earlier webhook with another body. */
  sameIdAs: z.exactOptional(text),
  /** Who ended it without a result, and why. */
  closed: z.exactOptional(z.strictObject({ at: time, reason: text, by: z.exactOptional(author) })),
});

const webhookSecret = z.strictObject({ id: generatedId, createdAt: time });
export const webhookSecrets = z.strictObject({ source, items: z.array(webhookSecret) });
export const newWebhookSecret = z.strictObject({ ...webhookSecret.shape, source, secret: z.string() });

export const TEST_MODES = ['mark', 'refuse'] as const;
export const UNKNOWN_SKUS = ['hold', 'skip'] as const;

/** How the webhooks of a shop are taken. */
export const webhookSource = z.strictObject({
  source: z.enum(SHOPS),
  testMode: z.enum(TEST_MODES),
  unknownSkus: z.enum(UNKNOWN_SKUS),
});
