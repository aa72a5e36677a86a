import { createHmac } from 'node:crypto';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';
import { constantTimeEqual } from './constant-time-equal.ts';

/**
 * Whether Shopify has signed it with any of the secrets: `X-Shopify-Hmac-Sha256` is the base64 of an HMAC-SHA256 over the
 * body as it came. It covers neither the other headers nor a time, so nothing rests on those alone: what a webhook does is
 * known by the ids in its body.
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
