import { Webhook } from 'standardwebhooks';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';

/**
 * Whether the ERP signed the webhook with one of the secrets: Standard Webhooks 1.0.0, over `id.timestamp.body`. The timestamp
 * may differ from the clock by 300 seconds.
 * @param body the request's body, unchanged.
 */
export function isSignedByErp(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): boolean {
  const signed = {
    'webhook-id': headers['webhook-id'] ?? '',
    'webhook-timestamp': headers['webhook-timestamp'] ?? '',
    'webhook-signature': headers['webhook-signature'] ?? '',
  };
  for (const { secret } of secrets) {
    try {
      new Webhook(secret).verify(body, signed, { jsonParse: false });
      return true;
    } catch {
      // Not signed with this secret: try the next one.
    }
  }
  return false;
}
