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
        customer: { name: 'Ann Example', email: 'ann@customer.example', shopifyCustomer: '7204911382789' },
        lines: [
          { line: '14839210967301', sku: 'CAD-PRO', quantity: 3 },
          { line: '14839210992645', sku: 'CAD-BUNDLE', quantity: 1 },
          { line: '14839211018949', sku: 'T-SHIRT', quantity: 2 },
        ],
        refunded: [],
        total: { amount: 5550, currency: 'EUR' },
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
    ['an id twice', 'orders/paid', '{"id":1,"id":2,"line_items":[{"id":2,"sku":"A","quantity":1}]}', ['id']],
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

  test.each([
    ['half a character in the note', '"note":"Merci \\ud83d"'],
    ['a member twice that is not used', '"note":"a","note":"b"'],
    ['a number that no double holds', '"weight":1e400'],
    ['an email that is not a text, and a customer that is not an object', '"email":7,"customer":[]'],
    ['100 levels of something', `"nested":${'['.repeat(100)}${']'.repeat(100)}`],
  ])('a paid order with %s is a sale all the same', (_, flaw) => {
    const body = order({}).replace('"id":1', `"id":1,${flaw}`);
    expect(readShopifyEvent('orders/paid', body)).toMatchObject({
      kind: 'sale',
      sale: { orderId: 'shopify-1', lines: [{ line: '2', sku: 'A', quantity: 1 }] },
    });
  });

  test('a line is looked up by a name that can be mapped, whatever the shop wrote', () => {
    const skusOf = (line: object) => {
      const event = readShopifyEvent('orders/paid', order({ line_items: [{ id: 2, quantity: 1, ...line }] }));
      return event.kind === 'sale' ? event.sale.lines.map(({ sku }) => sku) : [];
    };
    expect(skusOf({ title: 'L'.repeat(255) })).toEqual([`title:${'L'.repeat(255)}`]);
    expect(skusOf({ sku: ' CAD\tPRO\n' })).toEqual(['CAD PRO']);
    const [emoji = '', other = ''] = ['a', 'b'].flatMap((end) => skusOf({ title: `${'\u{1f600}'.repeat(255)}${end}` }));
    expect(Buffer.byteLength(emoji)).toBeLessThanOrEqual(1_000);
    expect(emoji).toMatch(/^title:.*…[0-9a-f]{16}$/u);
    expect(emoji).not.toBe(other);
  });

  test('gift cards and tips have no SKU, so no mapping holds them up', () => {
    const line_items = [
      { id: 2, quantity: 1, sku: 'A' },
      { id: 3, quantity: 1, sku: 'GIFT-50', gift_card: true },
      { id: 4, quantity: 1, title: 'Tip', tip: { payment_method: 'card' } },
      { id: 5, quantity: 1, title: 'Trinkgeld', price: '7.50', sku: null, variant_id: null },
    ];
    const event = readShopifyEvent('orders/paid', order({ line_items, total_tip_received: '7.50' }));
    expect(event).toMatchObject({
      sale: {
        lines: [
          { line: '2', sku: 'A' },
          { line: '3', quantity: 1 },
          { line: '4', quantity: 1 },
          { line: '5', quantity: 1 },
        ],
      },
    });
    expect(event.kind === 'sale' && event.sale.lines.filter(({ sku }) => sku !== undefined)).toHaveLength(1);
  });

  const refundOf = (more: object) =>
    readShopifyEvent('refunds/create', JSON.stringify({ id: 1, order_id: 2, refund_line_items: [], ...more }));
  const shipping = { kind: 'shipping_refund', amount: '-5.00', tax_amount: '-0.95' };
  const transaction = (amount: string) => ({ kind: 'refund', status: 'success', amount });

  test.each([
    ['the adjustment', { order_adjustments: [shipping], transactions: [transaction('5.95')] }],
    [
      'the adjustment, in a currency without cents',
      { order_adjustments: [{ ...shipping, amount: '-500', tax_amount: 0 }], transactions: [transaction('500')] },
    ],
    [
      'its lines',
      {
        refund_shipping_lines: [{ subtotal_amount_set: { shop_money: { amount: '4.00' } } }],
        transactions: [transaction('4.00')],
      },
    ],
  ])('a refund of shipping alone, by %s, is ignored', (_, more) => {
    expect(refundOf(more)).toMatchObject({ kind: 'ignored' });
  });

  test.each([
    ['more money than the shipping', { order_adjustments: [shipping], transactions: [transaction('6.00')] }],
    ['another adjustment', { order_adjustments: [shipping, { kind: 'refund_discrepancy', amount: '-1' }] }],
    ['no reason at all', { transactions: [transaction('5.95')] }],
  ])('a refund without lines and with %s is unusable', (_, more) => {
    expect(pathsOf(refundOf(more))).toEqual(['refund_line_items']);
  });

  test.each([
    [
      'orders/cancelled',
      { id: 1, cancel_reason: 'customer', financial_status: 'paid' },
      { refund: 'cancelled-1', reason: 'Shopify order cancelled: customer', lines: 'all' },
    ],
    [
      'orders/edited',
      { order_edit: { id: 9, order_id: 1, line_items: { additions: [], removals: [{ id: 2, delta: 1 }] } } },
      { refund: 'edit-9', lines: [{ line: '2', quantity: 1 }] },
    ],
    [
      'disputes/update',
      { id: 8, order_id: 1, status: 'lost', reason: 'fraudulent', amount: '11.50', currency: 'usd' },
      {
        refund: 'dispute-8',
        reason: 'Shopify dispute 8 lost: fraudulent',
        lines: 'all',
        amount: { amount: 11.5, currency: 'USD' },
      },
    ],
  ])('the topic %s takes licenses back', (topic, body, refund) => {
    expect(readShopifyEvent(topic, JSON.stringify(body))).toEqual({
      kind: 'refund',
      refund: expect.objectContaining({ orderId: 'shopify-1', ...refund }),
    });
  });

  test('a cancelled order that nobody paid does not wait for its sale', () => {
    const body = JSON.stringify({ id: 1, financial_status: 'voided' });
    expect(readShopifyEvent('orders/cancelled', body)).toMatchObject({
      refund: { ignoredBeforeDelivery: expect.any(String) },
    });
  });

  test.each([
    ['disputes/create', { id: 8, order_id: 1, status: 'needs_response' }, 'dispute'],
    ['disputes/update', { id: 8, order_id: 1, status: 'won' }, 'ignored'],
    ['disputes/update', { id: 8, order_id: null, status: 'lost' }, 'unusable'],
    [
      'orders/edited',
      { order_edit: { id: 9, order_id: 1, line_items: { additions: [{ id: 2, delta: 1 }] } } },
      'ignored',
    ],
  ])('the topic %s with %j takes nothing: %s', (topic, body, kind) => {
    expect(readShopifyEvent(topic, JSON.stringify(body)).kind).toBe(kind);
  });

  test('an order in the shop’s test mode is a test sale', () => {
    expect(readShopifyEvent('orders/paid', order({ test: true }))).toMatchObject({ sale: { test: true } });
    expect(readShopifyEvent('orders/paid', order({ test: false }))).not.toHaveProperty('sale.test');
  });

  test('a Shopify payload with another topic is ignored, even if it is invalid', () => {
    for (const topic of ['orders/create', 'constructor', '']) {
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
        customer: { name: 'Ann Example', email: 'ann@customer.example', stripeCustomer: 'cus_Example00000001' },
        lines: [
          { line: '0', sku: 'CAD-PRO', quantity: 2 },
          { line: '1', sku: 'CAD-BUNDLE', quantity: 1 },
        ],
        refunded: [],
        paidAt: '2026-11-25T09:02:12.000Z',
        total: { amount: 310000, currency: 'EUR' },
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

  const eventOf = (type: string, object: object, more: object = {}) =>
    readStripeEvent(JSON.stringify({ id: 'evt_1', type, created: 1_795_600_000, data: { object }, ...more }));
  const FAILED_AT = new Date(1_795_600_000_000).toISOString();

  test.each([
    ['charge.dispute.closed', { id: 'dp_1', status: 'lost', payment_intent: 'pi_1' }, { refund: 'dp_1', lines: 'all' }],
    [
      'checkout.session.async_payment_failed',
      { id: 'cs_1', payment_intent: 'pi_1' },
      { refund: 'failed-cs_1', failedAt: FAILED_AT },
    ],
    ['payment_intent.payment_failed', { id: 'pi_1' }, { refund: 'failed-pi_1', failedAt: FAILED_AT }],
    ['payment_intent.canceled', { id: 'pi_1' }, { refund: 'failed-pi_1', ignoredBeforeDelivery: expect.any(String) }],
    [
      'charge.failed',
      { id: 'ch_1', payment_intent: 'pi_1' },
      { refund: 'failed-ch_1', ignoredBeforeDelivery: expect.any(String) },
    ],
  ])('the Stripe event %s takes licenses back', (type, object, refund) => {
    expect(eventOf(type, object)).toMatchObject({ kind: 'refund', refund: { orderId: 'stripe-pi_1', ...refund } });
  });

  test.each([
    ['charge.dispute.created', { id: 'dp_1', status: 'needs_response', payment_intent: 'pi_1' }, 'dispute'],
    ['charge.dispute.funds_withdrawn', { id: 'dp_1', status: 'needs_response', payment_intent: 'pi_1' }, 'dispute'],
    ['charge.dispute.closed', { id: 'dp_1', status: 'won', payment_intent: 'pi_1' }, 'ignored'],
    ['charge.dispute.closed', { id: 'dp_1', status: 'lost', payment_intent: null }, 'unusable'],
    ['refund.failed', { id: 're_1', status: 'failed', payment_intent: 'pi_1' }, 'inspection'],
    ['refund.updated', { id: 're_1', status: 'succeeded', payment_intent: 'pi_1' }, 'ignored'],
    ['charge.failed', { id: 'ch_1', payment_intent: null }, 'ignored'],
    ['toString', {}, 'ignored'],
  ])('the Stripe event %s with %j takes nothing: %s', (type, object, kind) => {
    expect(eventOf(type, object).kind).toBe(kind);
  });

  test('only `livemode: false` is a test sale', () => {
    const { data } = JSON.parse(sample('stripe-checkout-session-completed'));
    const type = 'checkout.session.completed';
    expect(eventOf(type, data.object, { livemode: false })).toMatchObject({ sale: { test: true } });
    for (const more of [{}, { livemode: true }])
      expect(eventOf(type, data.object, more)).not.toHaveProperty('sale.test');
  });

  test.each(['CAD-PRO 2; VIEWER', 'A|B', 'A\nB'])(
    'the list %j is named as malformed, not as an unknown SKU',
    (skus) => {
      const [fault = ''] = faultsOf(session({ metadata: { relicense_skus: skus } }));
      expect(fault).toContain('the list of SKUs is malformed');
    },
  );

  test('a session that cannot be read names its order, so that the order can be delivered by hand', () => {
    expect(session({ metadata: {}, payment_intent: 'pi_1' })).toMatchObject({
      kind: 'unusable',
      orderId: 'stripe-pi_1',
    });
  });

  test('a flaw in a member of a session that is only shown changes nothing', () => {
    const more = {
      customer: 'cus 1',
      customer_details: 'Ann',
      mode: 7,
      line_items: 'none',
      metadata: { relicense_skus: 'A', other: 7 },
    };
    expect(session(more)).toMatchObject({ kind: 'sale', sale: { lines: [{ sku: 'A' }] } });
  });

  test('a Stripe event of another type is ignored; a body of another shape is unusable', () => {
    expect(readStripeEvent('{"type":"invoice.paid","data":{"object":null}}')).toMatchObject({ kind: 'ignored' });
    expect(pathsOf(readStripeEvent('{"type":5}'))).toEqual(['type', 'data']);
    expect(pathsOf(readStripeEvent('[]'))).toEqual(['']);
  });
});
