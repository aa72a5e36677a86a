import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ShopEvent } from '../../../../../functions/use-cases/webhooks/shop-event.ts';
import { readShopifyEvent } from '../../../../../functions/use-cases/webhooks/shopify-event.ts';
import { readStripeEvent } from '../../../../../functions/use-cases/webhooks/stripe-event.ts';

const sample = (name: string): string =>
  readFileSync(new URL(`../../../../../demo/examples/webhooks/${name}.json`, import.meta.url), 'utf8');

const pathsOf = (event: ShopEvent): string[] =>
  event.kind === 'unusable' ? event.errors.map(({ path }) => path) : [`(${event.kind})`];

/** `path: message` of every fault. */
const faultsOf = (event: ShopEvent): string[] =>
  event.kind === 'unusable' ? event.errors.map(({ path, message }) => `${path}: ${message}`) : [];

describe('a Shopify payload', () => {
  test('orders/paid becomes a sale of its lines', () => {
    expect(readShopifyEvent('orders/paid', sample('shopify-orders-paid'))).toEqual({
      kind: 'sale',
      sale: {
        orderId: 'shopify-5712009330949',
        customer: { email: 'ann@customer.example', shopifyCustomer: '7204911382789' },
        lines: [
          { line: '14839210967301', sku: 'CAD-PRO', quantity: 3 },
          { line: '14839210992645', sku: 'CAD-BUNDLE', quantity: 1 },
          { line: '14839211018949', sku: 'T-SHIRT', quantity: 2 },
        ],
        refunded: [],
      },
    });
  });

  test('refunds/create becomes a refund of the lines that it names', () => {
    expect(readShopifyEvent('refunds/create', sample('shopify-refunds-create'))).toEqual({
      kind: 'refund',
      refund: {
        orderId: 'shopify-5712009330949',
        refund: '872301101253',
        reason: 'Shopify refund 872301101253',
        lines: [{ line: '14839210967301', quantity: 1, sku: 'CAD-PRO' }],
      },
    });
  });

  const order = (more: object) => JSON.stringify({ id: 1, line_items: [{ id: 2, sku: 'A', quantity: 1 }], ...more });

  test.each([
    ['invalid JSON', 'orders/paid', '{', ['']],
    ['a member twice', 'orders/paid', '{"id":1,"id":2}', ['']],
    ['no id and no lines', 'orders/paid', '{}', ['id', 'line_items']],
    [
      'half a unit',
      'orders/paid',
      order({ line_items: [{ id: 2, sku: 'A', quantity: 0.5 }] }),
      ['line_items.0.quantity'],
    ],
    ['an id that is not a number', 'orders/paid', order({ id: 'gid://shopify/Order/1' }), ['id']],
    ['a negative id', 'orders/paid', order({ id: -1 }), ['id']],
    ['an order instead of a refund', 'refunds/create', order({}), ['order_id', 'refund_line_items']],
    ['a refund instead of an order', 'orders/paid', sample('shopify-refunds-create'), ['line_items']],
    [
      'a refund line without the id of a line',
      'refunds/create',
      '{"id":1,"order_id":2,"refund_line_items":[{"id":3,"quantity":1}]}',
      ['refund_line_items.0.line_item_id'],
    ],
    ['a refund without lines', 'refunds/create', '{"id":1,"order_id":2,"refund_line_items":[]}', ['refund_line_items']],
  ])('a Shopify payload with %s is unusable, and the errors name the members', (_, topic, body, paths) => {
    expect(pathsOf(readShopifyEvent(topic, body))).toEqual(paths);
  });

  test('the errors of an unusable Shopify payload say what is allowed', () => {
    const line_items = [{ id: -1, quantity: '1' }, 'A', { id: [], quantity: 1_000_001 }];
    expect(faultsOf(readShopifyEvent('orders/paid', order({ id: 'A', line_items })))).toEqual([
      'id: a Shopify id',
      'line_items.0.id: a whole number of 0 or more',
      'line_items.0.quantity: a whole number from 0 to 1000000',
      'line_items.1: must be an object',
      'line_items.2.id: must be a whole number of 0 or more or a string',
      'line_items.2.quantity: a whole number from 0 to 1000000',
    ]);
    expect(faultsOf(readShopifyEvent('orders/paid', '[]'))).toEqual([': the body must be an object']);
  });

  test('a Shopify id above the precision of a double is read exactly', () => {
    const event = readShopifyEvent('orders/paid', order({}).replace('"id":1', '"id":820982911946154508'));
    expect(event).toMatchObject({ sale: { orderId: 'shopify-820982911946154508' } });
  });

  test('orders/paid with refunds sells the remaining units and names the refunds', () => {
    const refunds = [
      { id: 8, refund_line_items: [{ line_item: { id: 2 }, quantity: 1 }] },
      { id: 9, refund_line_items: [{ line_item_id: 2, quantity: 1 }] },
      { id: 10 },
    ];
    const line_items = [{ id: 2, sku: 'A', quantity: 3 }];
    expect(readShopifyEvent('orders/paid', order({ line_items, refunds }))).toMatchObject({
      sale: { lines: [{ line: '2', sku: 'A', quantity: 1 }], refunded: ['8', '9', '10'] },
    });
  });

  test('a Shopify payload with another topic is ignored, even if it is invalid', () => {
    for (const topic of ['orders/create', 'orders/cancelled', '']) {
      expect(readShopifyEvent(topic, '{')).toMatchObject({ kind: 'ignored' });
    }
  });
});

describe('a Stripe event', () => {
  test('checkout.session.completed becomes a sale of the SKUs in its metadata', () => {
    expect(readStripeEvent(sample('stripe-checkout-session-completed'))).toEqual({
      kind: 'sale',
      sale: {
        orderId: 'stripe-pi_3SExample000000000000001',
        customer: { email: 'ann@customer.example', stripeCustomer: 'cus_Example00000001' },
        lines: [
          { line: '0', sku: 'CAD-PRO', quantity: 2 },
          { line: '1', sku: 'CAD-BUNDLE', quantity: 1 },
        ],
        refunded: [],
      },
    });
  });

  test('charge.refunded becomes a refund of everything', () => {
    expect(readStripeEvent(sample('stripe-charge-refunded'))).toEqual({
      kind: 'refund',
      refund: {
        orderId: 'stripe-pi_3SExample000000000000001',
        refund: 'ch_3SExample000000000000001',
        reason: 'Stripe refund of ch_3SExample000000000000001',
        lines: 'all',
      },
    });
  });

  const changed = (name: string, more: object): string => {
    const event = JSON.parse(sample(name));
    return JSON.stringify({ ...event, data: { object: { ...event.data.object, ...more } } });
  };
  const session = (more: object) => readStripeEvent(changed('stripe-checkout-session-completed', more));
  const charge = (more: object) => readStripeEvent(changed('stripe-charge-refunded', more));

  test('the errors of an unusable Stripe event say what is allowed', () => {
    expect(faultsOf(session({ payment_status: 'later', customer: 'cus 1', payment_intent: { id: 1 } }))).toEqual([
      'data.object.payment_status: must be one of paid, unpaid, no_payment_required',
      'data.object.payment_intent.id: must be a string',
      'data.object.customer: a Stripe id',
    ]);
    const { type } = JSON.parse(sample('stripe-charge-refunded'));
    expect(faultsOf(readStripeEvent(JSON.stringify({ type, data: { object: [] } })))).toEqual([
      'data.object: must be an object',
    ]);
    expect(faultsOf(readStripeEvent('{"type":1}'))).toEqual(['type: must be a string', 'data: is missing']);
  });

  test.each([
    ['A', [{ line: '0', sku: 'A', quantity: 1 }]],
    [
      ' CAD PRO = 12 ,B=1',
      [
        { line: '0', sku: 'CAD PRO', quantity: 12 },
        { line: '1', sku: 'B', quantity: 1 },
      ],
    ],
  ])('the SKUs %j in the metadata become lines', (relicense_skus, lines) => {
    expect(session({ metadata: { relicense_skus } })).toMatchObject({ kind: 'sale', sale: { lines } });
  });

  test.each(['', ' ', 'A,', 'A,,B', 'A=', 'A=0', 'A=-1', 'A=1.5', 'A=two', '=2', 'A=1=2', 'A=1000000'])(
    'the SKUs %j in the metadata are unusable',
    (relicense_skus) => {
      expect(pathsOf(session({ metadata: { relicense_skus } }))).toEqual(['data.object.metadata.relicense_skus']);
    },
  );

  const line = { quantity: 2, price: { id: 'price_1' } };

  test.each([
    ['neither SKUs nor line items', { metadata: {} }, ['data.object.metadata.relicense_skus']],
    [
      'some of its line items',
      { metadata: {}, line_items: { data: [line], has_more: true } },
      ['data.object.line_items.has_more'],
    ],
    ['no payment status', { payment_status: undefined }, ['data.object.payment_status']],
  ])('a Stripe session with %s is unusable, and the errors name the members', (_, more, paths) => {
    expect(pathsOf(session(more))).toEqual(paths);
  });

  test('a session without a payment intent is identified by its own id', () => {
    expect(session({ id: 'cs_1', payment_intent: null, payment_status: 'no_payment_required' })).toMatchObject({
      sale: { orderId: 'stripe-cs_1' },
    });
  });

  test('a session that is unpaid or only stores a payment method is ignored', () => {
    expect(session({ payment_status: 'unpaid' })).toMatchObject({ kind: 'ignored' });
    expect(session({ mode: 'setup', payment_status: 'no_payment_required' })).toMatchObject({ kind: 'ignored' });
  });

  test.each([
    ['a part of the amount', { amount_refunded: 309_999, refunded: false }, ['data.object.amount_refunded']],
    [
      'a part, although `refunded` is true',
      { amount_refunded: 309_999, refunded: true },
      ['data.object.amount_refunded'],
    ],
    [
      'all that was captured, although `refunded` is false',
      { amount_captured: 1, refunded: false },
      ['data.object.amount_refunded'],
    ],
    ['nothing', { amount_refunded: 0 }, ['data.object.amount_refunded']],
    ['a charge without a payment intent', { payment_intent: null }, ['data.object.payment_intent']],
  ])('a refund of %s is unusable', (_, more, paths) => {
    expect(pathsOf(charge(more))).toEqual(paths);
  });

  test('a refund of the whole captured amount is a full refund', () => {
    expect(charge({ amount_captured: 200_000, amount_refunded: 200_000 })).toMatchObject({ kind: 'refund' });
  });

  test('a Stripe event of another type is ignored; a body of another shape is unusable', () => {
    expect(readStripeEvent('{"type":"invoice.paid","data":{"object":null}}')).toMatchObject({ kind: 'ignored' });
    expect(pathsOf(readStripeEvent('{"type":5}'))).toEqual(['type', 'data']);
    expect(pathsOf(readStripeEvent('[]'))).toEqual(['']);
  });
});
