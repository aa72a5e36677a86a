import { Webhook } from 'standardwebhooks';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';
import { constantTimeEqual } from './constant-time-equal.ts';
import { clockFault, type SignatureFault } from './signature.ts';

/** Headers of Standard Webhooks 1.0.0. */
const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * Why the ERP's signature is refused; `undefined` if it signed the webhook with one of the secrets: Standard Webhooks 1.0.0,
 * over `id.timestamp.body`. The timestamp may differ from the clock by 300 seconds.
 * @param body the request's body, unchanged.
 */
export function faultOfErpSignature(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  now: Date,
): SignatureFault | undefined {
  const missing = HEADERS.find((header) => (headers[header] ?? '') === '');
  if (missing !== undefined) return { reason: 'header-missing', header: missing };
  if (secrets.length === 0) return { reason: 'no-secret' };
  const time = headers['webhook-timestamp'] ?? '';
  if (!/^\d{1,12}$/.test(time)) return { reason: 'header-malformed', header: 'webhook-timestamp' };
  const late = clockFault(Number(time), now);
  if (late !== undefined) return late;
  const id = headers['webhook-id'] ?? '';
  const given = (headers['webhook-signature'] ?? '').split(' ');
  // Signed again instead of verified by the library, which compares the time with the machine's clock and not with `now`.
  const expected = secrets.map(({ secret }) => new Webhook(secret).sign(id, new Date(Number(time) * 1000), body));
  return expected.some((signature) => given.some((one) => constantTimeEqual(one, signature)))
    ? undefined
    : { reason: 'signature', header: 'webhook-signature' };
}
