/** Webhooks of Shopify and Stripe, signed by the shops' own libraries over the body that is sent. */
import '@shopify/shopify-api/adapters/web-api';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import { createSHA256HMAC, HashFormat } from '@shopify/shopify-api/runtime';
import Stripe from 'stripe';
import type { Client, Reply } from './client.ts';

export interface Taken {
  readonly id: string;
  readonly state: string;
}

export interface Sending {
  /** The secrets that sign it; Shopify signs with the first. */
  readonly secrets: readonly string[];
  /** The shop's id of this delivery. */
  readonly id?: string;
  /** Seconds between now and the signed time. */
  readonly shift?: number;
  /** Changes the body after it was signed. */
  readonly tamper?: (body: string) => string;
}

const SHOP = 'example-software.myshopify.com';

/** The text of a payload in `demo/examples/webhooks`. */
export function sample(name: string): string {
  return readFileSync(new URL(`../../demo/examples/webhooks/${name}.json`, import.meta.url), 'utf8');
}

/** The headers of a Shopify delivery. */
export async function shopifyHeaders(
  topic: string,
  body: string,
  { secrets: [secret = ''], id = randomUUID() }: Sending,
): Promise<Record<string, string>> {
  return {
    'x-shopify-topic': topic,
    'x-shopify-hmac-sha256': await createSHA256HMAC(secret, body, HashFormat.Base64),
    'x-shopify-shop-domain': SHOP,
    'x-shopify-api-version': ApiVersion.October25,
    'x-shopify-webhook-id': id,
    'x-shopify-event-id': randomUUID(),
    'x-shopify-triggered-at': new Date().toISOString(),
  };
}

export async function sendAsShopify(
  client: Client,
  topic: string,
  body: string,
  sending: Sending,
): Promise<Reply<Taken>> {
  const headers = await shopifyHeaders(topic, body, sending);
  return client<Taken>('POST', '/webhooks/shopify', { raw: sending.tamper?.(body) ?? body, headers });
}

/** Whether Shopify's own library verifies a delivery. */
export async function isValidForShopify(
  secret: string,
  body: string,
  headers: Record<string, string>,
): Promise<boolean> {
  const shopify = shopifyApi({
    apiKey: 'key',
    apiSecretKey: secret,
    apiVersion: ApiVersion.October25,
    hostName: 'relicense.example',
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error },
  });
  const rawRequest = new Request('https://relicense.example/webhooks/shopify', { method: 'POST', headers, body });
  return (await shopify.webhooks.validate({ rawBody: body, rawRequest })).valid;
}

/** `Stripe-Signature`, with one `v1` for each secret. */
export function stripeSignature(body: string, { secrets, shift = 0 }: Sending): string {
  const timestamp = Math.floor(Date.now() / 1000) + shift;
  const [first = '', ...others] = secrets.map((secret) =>
    Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp }),
  );
  return [first, ...others.map((header) => header.slice(header.indexOf('v1=')))].join(',');
}

export async function sendAsStripe(client: Client, body: string, sending: Sending): Promise<Reply<Taken>> {
  const headers = { 'stripe-signature': stripeSignature(body, sending) };
  return client<Taken>('POST', '/webhooks/stripe', { raw: sending.tamper?.(body) ?? body, headers });
}
