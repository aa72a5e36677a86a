import { createHmac } from 'node:crypto';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';
import { constantTimeEqual } from './constant-time-equal.ts';

const TOLERANCE_SECONDS = 300;
const MAX_SIGNATURES = 20;

/**
 * Whether Stripe signed the webhook with one of the secrets in the last 300 seconds: `Stripe-Signature` is
 * `t=<seconds>,v1=<hex>`, an HMAC-SHA256 over `t.body`, with one `v1` per secret during a rotation. Other schemes (`v0`) are
 * ignored.
 * @param body the request's body, unchanged.
 */
export function isSignedByStripe(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  now: Date,
): boolean {
  const parts = (headers['stripe-signature'] ?? '').split(',').map((part) => part.trim());
  const times = parts.filter((part) => part.startsWith('t=')).map((part) => part.slice('t='.length));
  const signatures = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice('v1='.length));
  const [time] = times;
  if (time === undefined || times.length > 1 || !/^\d{1,12}$/.test(time)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return false;
  return secrets.some(({ secret }) => {
    const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    return signatures.slice(0, MAX_SIGNATURES).some((signature) => constantTimeEqual(signature, expected));
  });
}
