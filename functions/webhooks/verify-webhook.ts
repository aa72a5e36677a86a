import { Webhook } from 'standardwebhooks';
import type { WebhookSecret } from './secrets.ts';

export type VerifiedWebhook = { readonly ok: true; readonly id: string } | { readonly ok: false };

/**
 * Verifies a Standard Webhooks 1.0.0 signature over `id.timestamp.body` with any of the secrets; the timestamp may be
 * 300 seconds old or early. `body` must be the text as it came.
 */
export function verifyWebhook(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): VerifiedWebhook {
  const id = headers['webhook-id'] ?? '';
  const signed = {
    'webhook-id': id,
    'webhook-timestamp': headers['webhook-timestamp'] ?? '',
    'webhook-signature': headers['webhook-signature'] ?? '',
  };
  for (const { secret } of secrets) {
    try {
      new Webhook(secret).verify(body, signed, { jsonParse: false });
      return { ok: true, id };
    } catch {
      // Not signed with this one.
    }
  }
  return { ok: false };
}
