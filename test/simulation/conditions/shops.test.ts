import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { changeRefunds, getRefunds } from '../../../functions/store/refunds-item.ts';
import { isSignedByShopify } from '../../../functions/use-cases/webhooks/verify-shopify.ts';
import { isSignedByStripe } from '../../../functions/use-cases/webhooks/verify-stripe.ts';
import { NOW, newFixture, transaction } from './fixture.ts';

test('two concurrent refunds of one order are both stored, one after the other', async () => {
  const fixture = await newFixture();
  const refund = async (id: string, units: readonly number[], meanwhile?: () => Promise<unknown>) =>
    changeRefunds(
      await fixture.runtime(meanwhile === undefined ? undefined : { before: transaction, meanwhile }),
      'SO-1',
      (known) => {
        const taken = new Set(known.refunds.flatMap((one) => one.units));
        const free = units.filter((unit) => !taken.has(unit)).slice(0, 1);
        return { ...known, refunds: [...known.refunds, { refund: id, units: free }] };
      },
    );
  await refund('A', [0, 1], () => refund('B', [0, 1]));
  const { refunds } = await getRefunds(await fixture.runtime(), 'SO-1');
  expect(refunds).toEqual([
    { refund: 'B', units: [0] },
    { refund: 'A', units: [1] },
  ]);
});

const SECRETS = [
  { id: '1', secret: 'old', createdAt: '' },
  { id: '2', secret: 'new', createdAt: '' },
];
const BODY = '{"id":1}';

test('a Shopify signature with either secret is accepted, and no other', () => {
  const signed = (secret: string, body: string) => ({
    'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
  });
  expect(isSignedByShopify(SECRETS, signed('new', BODY), BODY)).toBe(true);
  expect(isSignedByShopify(SECRETS, signed('other', BODY), BODY)).toBe(false);
  expect(isSignedByShopify(SECRETS, signed('new', '{}'), BODY)).toBe(false);
  expect(isSignedByShopify(SECRETS, {}, BODY)).toBe(false);
  expect(isSignedByShopify([], signed('new', BODY), BODY)).toBe(false);
});

const SECONDS = NOW.getTime() / 1000;
const stripe = (time: number | string, secret = 'new', body = BODY): string =>
  `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
const isTaken = (signature: string): boolean => isSignedByStripe(SECRETS, { 'stripe-signature': signature }, BODY, NOW);

test.each([SECONDS, SECONDS - 300, SECONDS + 300])('a Stripe signature at %i is within the tolerated time', (time) => {
  expect(isTaken(stripe(time))).toBe(true);
});

test.each([
  ['too old', stripe(SECONDS - 301)],
  ['too early', stripe(SECONDS + 301)],
  ['signed with another secret', stripe(SECONDS, 'other')],
  ['over another body', stripe(SECONDS, 'new', '{}')],
  ['without a time', stripe(SECONDS).replace(/^t=\d+,/, '')],
  ['a second time', `t=${SECONDS - 900},${stripe(SECONDS)}`],
  ['a second time behind it', `${stripe(SECONDS)},t=${SECONDS}`],
  ['a time that is not a number', stripe('NaN')],
  ['a time of another form', stripe(`${SECONDS}.0`)],
  ['another scheme', stripe(SECONDS).replace('v1=', 'v0=')],
  ['no content', ''],
])('a Stripe signature is refused if it is or has: %s', (_, signature) => {
  expect(isTaken(signature)).toBe(false);
});
