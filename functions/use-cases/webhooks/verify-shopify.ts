import { createHmac } from 'node:crypto';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';
import { constantTimeEqual } from './constant-time-equal.ts';

/**
 * Whether Shopify signed the webhook with one of the secrets: `X-Shopify-Hmac-Sha256` is the base64 of an HMAC-SHA256 over the
 * body. The signature covers neither the other headers nor a time, so a replayed webhook is recognized by the ids in its body.
 * @param body the request's body, unchanged.
 */
export function isSignedByShopify(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): boolean {
  const signature = headers['x-shopify-hmac-sha256'] ?? '';
  return secrets.some(({ secret }) =>
    constantTimeEqual(signature, createHmac('sha256', secret).update(body).digest('base64')),
  );
}
