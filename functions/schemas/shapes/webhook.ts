import * as z from 'zod/mini';
import { problem } from '../problems.ts';
import { generatedId, licenseId, text, ticketCode, time } from './forms.ts';
import { pendingOnContainer } from './license.ts';

/** What came of a cancelled order, license by license. */
const cancellation = {
  orderId: text,
  withdrawn: z.array(licenseId),
  pending: z.array(licenseId),
  refused: z.array(z.strictObject({ license: licenseId, problem })),
};

const result = z.union([
  z.strictObject({ orderId: text, ticket: ticketCode, cancelled: z.exactOptional(z.strictObject(cancellation)) }),
  z.strictObject(cancellation),
  z.strictObject({ orderId: text }),
  z.strictObject({ status: z.literal('withdrawn') }),
  pendingOnContainer,
  z.strictObject({ status: z.enum(['replaced', 'pending']), license: licenseId }),
]);

const state = z.enum(['received', 'done', 'failed', 'waiting']);

export const webhookAccepted = z.strictObject({ id: text, state });

export const webhook = z.strictObject({
  ...webhookAccepted.shape,
  receivedAt: time,
  /** As it came. */
  body: z.string(),
  result: z.exactOptional(result),
  problem: z.exactOptional(problem),
});

export const webhookSecret = z.strictObject({ id: generatedId, createdAt: time });
export const newWebhookSecret = z.strictObject({ ...webhookSecret.shape, secret: z.string() });
