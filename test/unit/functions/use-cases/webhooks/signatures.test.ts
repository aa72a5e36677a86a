import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { faultOfErpSignature } from '../../../../../functions/use-cases/webhooks/verify-erp.ts';
import { faultOfShopifySignature } from '../../../../../functions/use-cases/webhooks/verify-shopify.ts';
import { faultOfStripeSignature } from '../../../../../functions/use-cases/webhooks/verify-stripe.ts';

const NOW = new Date('2026-12-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const BODY = '{"type":"order.created"}';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SECRETS = [{ id: 'one', secret: SECRET, createdAt: NOW.toISOString() }];

describe('an ERP signature', () => {
  const signed = (seconds = SECONDS) => ({
    'webhook-id': 'msg-1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': new Webhook(SECRET).sign('msg-1', new Date(seconds * 1000), BODY),
  });
  const faultOf = (headers: Record<string, string>, secrets = SECRETS) =>
    faultOfErpSignature(secrets, headers, BODY, NOW);

  test('is accepted within 300 seconds of the given clock, also beside another signature', () => {
    expect(faultOf(signed())).toBeUndefined();
    expect(faultOf(signed(SECONDS - 300))).toBeUndefined();
    expect(faultOf({ ...signed(), 'webhook-signature': `v1,AAAA ${signed()['webhook-signature']}` })).toBeUndefined();
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without the header %s names it', (header) => {
    expect(faultOf({ ...signed(), [header]: '' })).toEqual({ reason: 'header-missing', header });
  });

  test('is refused with no-secret when no secret is set', () => {
    expect(faultOf(signed(), [])).toEqual({ reason: 'no-secret' });
  });

  test('is refused as malformed when the timestamp is not a number', () => {
    const fault = { reason: 'header-malformed', header: 'webhook-timestamp' };
    expect(faultOf({ ...signed(), 'webhook-timestamp': 'soon' })).toEqual(fault);
    expect(faultOf({ ...signed(), 'webhook-timestamp': `${SECONDS}.5` })).toEqual(fault);
  });

  test('is refused for its clock when it is older or newer than 300 seconds', () => {
    expect(faultOf(signed(SECONDS - 301))).toEqual({ reason: 'clock', secondsBehind: 301 });
    expect(faultOf(signed(SECONDS + 3_600))).toEqual({ reason: 'clock', secondsBehind: -3_600 });
  });

  test('is refused when the body differs', () => {
    const fault = faultOfErpSignature(SECRETS, signed(), `${BODY} `, NOW);
    expect(fault).toEqual({ reason: 'signature', header: 'webhook-signature' });
  });
});

describe('a Shopify signature', () => {
  const signature = createHmac('sha256', SECRET).update(BODY).digest('base64');
  const faultOf = (value: string, secrets = SECRETS) =>
    faultOfShopifySignature(secrets, { 'x-shopify-hmac-sha256': value }, BODY);

  test('is accepted for the body that it signs', () => {
    expect(faultOf(signature)).toBeUndefined();
  });

  test('is refused with its reason', () => {
    expect(faultOf('')).toEqual({ reason: 'header-missing', header: 'x-shopify-hmac-sha256' });
    expect(faultOf(signature, [])).toEqual({ reason: 'no-secret' });
    expect(faultOf(signature.toLowerCase())).toEqual({ reason: 'signature', header: 'x-shopify-hmac-sha256' });
  });
});

describe('a Stripe signature', () => {
  const hex = createHmac('sha256', SECRET).update(`${SECONDS}.${BODY}`).digest('hex');
  const faultOf = (value: string, secrets = SECRETS) =>
    faultOfStripeSignature(secrets, { 'stripe-signature': value }, BODY, NOW);
  const MALFORMED = { reason: 'header-malformed', header: 'stripe-signature' };

  test('is accepted for the time and the body that it signs', () => {
    expect(faultOf(`t=${SECONDS},v1=${hex}`)).toBeUndefined();
  });

  test('is refused with its reason', () => {
    expect(faultOf('')).toEqual({ reason: 'header-missing', header: 'stripe-signature' });
    expect(faultOf(`t=${SECONDS},v1=${hex}`, [])).toEqual({ reason: 'no-secret' });
    expect(faultOf(`t=${SECONDS - 301},v1=${hex}`)).toEqual({ reason: 'clock', secondsBehind: 301 });
    expect(faultOf(`t=${SECONDS},v1=${hex.toUpperCase()}`)).toEqual({
      reason: 'signature',
      header: 'stripe-signature',
    });
  });

  test('is refused as malformed without a time, with two times, or without a v1 signature', () => {
    expect(faultOf(`v1=${hex}`)).toEqual(MALFORMED);
    expect(faultOf(`t=${SECONDS},t=${SECONDS},v1=${hex}`)).toEqual(MALFORMED);
    expect(faultOf(`t=${SECONDS},v0=${hex}`)).toEqual(MALFORMED);
    expect(faultOf(`t=now,v1=${hex}`)).toEqual(MALFORMED);
  });
});
