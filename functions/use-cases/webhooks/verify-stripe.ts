import { createHmac } from 'node:crypto';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';
import { constantTimeEqual } from './constant-time-equal.ts';
import { clockFault, type SignatureFault } from './signature.ts';

const HEADER = 'stripe-signature';
const MAX_SIGNATURES = 20;

/**
 * Why Stripe's signature is refused; `undefined` if it signed the webhook with one of the secrets in the last 300 seconds:
 * `Stripe-Signature` is `t=<seconds>,v1=<hex>`, an HMAC-SHA256 over `t.body`, with one `v1` per secret during a rotation. Other
 * schemes (`v0`) are ignored.
 * @param body the request's body, unchanged.
 */
export function faultOfStripeSignature(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  now: Date,
): SignatureFault | undefined {
  const header = headers[HEADER] ?? '';
  if (header === '') return { reason: 'header-missing', header: HEADER };
  if (secrets.length === 0) return { reason: 'no-secret' };
  const parts = header.split(',').map((part) => part.trim());
  const times = parts.filter((part) => part.startsWith('t=')).map((part) => part.slice('t='.length));
  const signatures = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice('v1='.length));
  const [time] = times;
  if (time === undefined || times.length > 1 || !/^\d{1,12}$/.test(time) || signatures.length === 0) {
    return { reason: 'header-malformed', header: HEADER };
  }
  const late = clockFault(Number(time), now);
  if (late !== undefined) return late;
  const isSigned = secrets.some(({ secret }) => {
    const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    return signatures.slice(0, MAX_SIGNATURES).some((signature) => constantTimeEqual(signature, expected));
  });
  return isSigned ? undefined : { reason: 'signature', header: HEADER };
}
