import { createHmac } from 'node:crypto';
import type { WebhookSecret } from '../../store/webhook-secrets-item.ts';
import { constantTimeEqual } from './constant-time-equal.ts';
import type { SignatureFault } from './signature.ts';

const HEADER = 'x-shopify-hmac-sha256';

/**
 * Why Shopify's signature is refused; `undefined` if it signed the webhook with one of the secrets: `X-Shopify-Hmac-Sha256` is
 * the base64 of an HMAC-SHA256 over the body. The signature covers neither the other headers nor a time, so a replayed webhook
 * is recognized by the ids in its body.
 * @param body the request's body, unchanged.
 */
export function faultOfShopifySignature(
  secrets: readonly WebhookSecret[],
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): SignatureFault | undefined {
  const signature = headers[HEADER] ?? '';
  if (signature === '') return { reason: 'header-missing', header: HEADER };
  if (secrets.length === 0) return { reason: 'no-secret' };
  const isSigned = secrets.some(({ secret }) =>
    constantTimeEqual(signature, createHmac('sha256', secret).update(body).digest('base64')),
  );
  return isSigned ? undefined : { reason: 'signature', header: HEADER };
}
