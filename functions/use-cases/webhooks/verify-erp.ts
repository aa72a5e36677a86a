import { Webhook } from 'standardwebhooks';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';

/**
 * Whether the ERP has signed it with any of the secrets: Standard Webhooks 1.0.0, over `id.timestamp.body`; the timestamp may
 * be 300 seconds old or early. `body` must be the text as it came.
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
      // Not signed with this one.
    }
  }
  return false;
}
