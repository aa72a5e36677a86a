import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { requestPath } from '../../../protocol/request-path.ts';
import type { LicenseBody } from '../../harness/answers.ts';
import type { Reply } from '../../harness/client.ts';
import { newSecret, sendErp } from '../../harness/erp.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import {
  isValidForShopify,
  type Sending,
  sample,
  sendAsShopify,
  sendAsStripe,
  shopifyHeaders,
  stripeSignature,
  type Taken,
} from '../../harness/shops.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

interface Kept {
  readonly id: string;
  readonly source: string;
  readonly topic?: string;
  readonly shop?: string;
  readonly state: string;
  readonly body: string;
  readonly result?: Record<string, unknown>;
  readonly problem?: { readonly code: string; readonly detail: string };
}

const SHOPIFY = 'shpss_0123456789abcdef0123456789abcdef';
const STRIPE = 'whsec_ExampleSecretOfOneEndpoint0123456';

let world: World;
let cad: string;
let viewer: string;
let render: string;
beforeAll(async () => {
  world = await openWorld();
  cad = await world.product();
  viewer = await world.product();
  render = await world.product([cad]);
  await map('CAD-PRO', [{ product: cad, terms: { maintenanceUntil: '2028-01-01T00:00:00Z' } }]);
  await map('CAD-BUNDLE', [{ product: cad }, { product: viewer, quantity: 2 }]);
  await map('RENDER', [{ product: render }]);
  await map('T-SHIRT', []);
  await addSecret('shopify', SHOPIFY);
  await addSecret('stripe', STRIPE);
});
afterAll(() => world.close());

const map = (sku: string, items: readonly object[]) =>
  world.vendor('PUT', requestPath('/sku-mappings/{sku}', { sku }), { body: { items } });
const addSecret = async (source: string, secret?: string) =>
  ok(await world.vendor<{ id: string; secret: string }>('POST', '/webhook-secrets', { body: { source, secret } }), 201);

const kept = async (id: string): Promise<Kept> => ok(await world.vendor<Kept>('GET', `/webhooks/${id}`));
const replay = async (id: string): Promise<Kept> => ok(await world.vendor<Kept>('POST', `/webhooks/${id}/replay`));
const failures = async (query = ''): Promise<Kept[]> =>
  ok(await world.vendor<{ items: Kept[] }>('GET', `/webhooks?state=failed&limit=1000${query}`)).items;

/** Sends a delivery and returns the stored webhook. */
const settled = async (reply: Reply<Taken>): Promise<Kept> => kept(ok(reply, 200).id);

const shopify = (topic: string, body: string, sending: Partial<Sending> = {}) =>
  sendAsShopify(world.user, topic, body, { secrets: [SHOPIFY], ...sending });
const stripe = (body: string, sending: Partial<Sending> = {}) =>
  sendAsStripe(world.user, body, { secrets: [STRIPE], ...sending });

interface Line {
  readonly id: number;
  readonly sku?: string | null;
  readonly quantity: number;
  readonly variant_id?: number | null;
  readonly title?: string;
}

const newNumber = (): number => randomInt(1e12, 9e12);

/** The sample order with another id and these lines. */
function paid(id: number, lines: readonly Line[], more: object = {}): string {
  const order = JSON.parse(sample('shopify-orders-paid'));
  return JSON.stringify({
    ...order,
    id,
    line_items: lines.map((line) => ({ ...order.line_items[0], ...line })),
    ...more,
  });
}

function refundOf(order: number, lines: readonly Pick<Line, 'id' | 'quantity'>[], more: object = {}): string {
  const refund = JSON.parse(sample('shopify-refunds-create'));
  return JSON.stringify({
    ...refund,
    id: newNumber(),
    order_id: order,
    refund_line_items: lines.map(({ id, quantity }) => ({ id: newNumber(), line_item_id: id, quantity })),
    ...more,
  });
}

/** Sells one line in the shop. */
async function sell(sku: string, quantity: number): Promise<{ order: number; line: number; licenses: LicenseBody[] }> {
  const order = newNumber();
  const line = newNumber();
  const { state, result, problem } = await settled(
    await shopify('orders/paid', paid(order, [{ id: line, sku, quantity }])),
  );
  expect(state, JSON.stringify(problem)).toBe('done');
  return { order, line, licenses: [...(await world.ticket(String(result?.ticket)))] };
}

function checkout(metadata: object, more: object = {}): { body: string; intent: string } {
  const event = JSON.parse(sample('stripe-checkout-session-completed'));
  const intent = `pi_${randomUUID().replaceAll('-', '')}`;
  const session = { ...event.data.object, id: `cs_${newNumber()}`, payment_intent: intent, metadata, ...more };
  return { body: JSON.stringify({ ...event, id: `evt_${newNumber()}`, data: { object: session } }), intent };
}

function refundedCharge(intent: string, more: object = {}): string {
  const event = JSON.parse(sample('stripe-charge-refunded'));
  const charge = { ...event.data.object, payment_intent: intent, ...more };
  return JSON.stringify({ ...event, id: `evt_${newNumber()}`, data: { ...event.data, object: charge } });
}

const productsOf = (licenses: readonly LicenseBody[]): string[] => licenses.map(({ product }) => product);

describe('a sale in Shopify', () => {
  it('a sale delivers what its SKUs map to, and a refund withdraws what it names', async () => {
    const body = sample('shopify-orders-paid');
    expect(
      await isValidForShopify(SHOPIFY, body, await shopifyHeaders('orders/paid', body, { secrets: [SHOPIFY] })),
    ).toBe(true);
    const sold = await settled(await shopify('orders/paid', body));
    expect(sold).toMatchObject({
      source: 'shopify',
      topic: 'orders/paid',
      shop: 'example-software.myshopify.com',
      state: 'done',
      result: { orderId: 'shopify-5712009330949' },
      body,
    });
    const order = ok(await world.vendor<{ ticket: string; customer: object }>('GET', '/orders/shopify-5712009330949'));
    expect(order.ticket).toBe(sold.result?.ticket);
    expect(order.customer).toEqual({
      name: 'Ann Example',
      email: 'ann@customer.example',
      shopifyCustomer: '7204911382789',
    });
    const licenses = await world.ticket(order.ticket);
    expect(productsOf(licenses)).toEqual([cad, cad, cad, cad, viewer, viewer]);
    expect(licenses[0]?.terms).toEqual({ maintenanceUntil: '2028-01-01T00:00:00Z' });

    const refunded = await settled(await shopify('refunds/create', sample('shopify-refunds-create')));
    expect(refunded).toMatchObject({
      state: 'done',
      result: { refund: '872301101253', withdrawn: [present(licenses[0]).id], pending: [], refused: [] },
    });
    expect(await world.ticket(order.ticket)).toHaveLength(5);
    const history = await world.historyOf({ order: 'shopify-5712009330949' });
    expect(history.at(-1)).toMatchObject({ type: 'license.withdrawn', reason: 'Shopify refund 872301101253' });
  });

  it('a sale is one order, however often and under whichever webhook ids it arrives', async () => {
    const order = newNumber();
    const body = paid(order, [{ id: 1, sku: 'CAD-PRO', quantity: 2 }]);
    const id = randomUUID();
    const replies = await Promise.all([
      ...[1, 2, 3].map(() => shopify('orders/paid', body, { id })),
      shopify('orders/paid', body),
    ]);
    const tickets = new Set<unknown>();
    for (const reply of replies) tickets.add((await settled(reply)).result?.ticket);
    expect(tickets.size).toBe(1);
    expect(await world.ticket(String([...tickets][0]))).toHaveLength(2);
    expect(await world.historyOf({ order: `shopify-${order}` })).toHaveLength(2);
  });

  it('a sale that arrives again after its mapping changed stays as it was delivered', async () => {
    const sku = `ONCE-${newNumber()}`;
    await map(sku, [{ product: cad }]);
    const body = paid(newNumber(), [{ id: 1, sku, quantity: 1 }]);
    const first = await settled(await shopify('orders/paid', body));
    await map(sku, [{ product: viewer }]);
    expect((await settled(await shopify('orders/paid', body))).result).toEqual(first.result);
    expect(productsOf(await world.ticket(String(first.result?.ticket)))).toEqual([cad]);
  });

  it('a sale that was edited and paid again is stored as failed', async () => {
    const order = newNumber();
    await shopify('orders/paid', paid(order, [{ id: 1, sku: 'CAD-PRO', quantity: 1 }]));
    const more = [
      { id: 1, sku: 'CAD-PRO', quantity: 1 },
      { id: 2, sku: 'CAD-PRO', quantity: 1 },
    ];
    const again = await settled(await shopify('orders/paid', paid(order, more)));
    expect(again).toMatchObject({ state: 'failed', problem: { code: 'order-exists' } });
  });

  it('ids larger than a double are kept exactly', async () => {
    const body = paid(0, [{ id: 1, sku: 'CAD-PRO', quantity: 1 }]).replace('"id":0,', '"id":820982911946154508,');
    const { result } = await settled(await shopify('orders/paid', body));
    expect(result?.orderId).toBe('shopify-820982911946154508');
    const refund = refundOf(0, [{ id: 1, quantity: 1 }]).replace('"order_id":0,', '"order_id":820982911946154508,');
    expect(await settled(await shopify('refunds/create', refund))).toMatchObject({ state: 'done' });
    expect(await world.ticket(String(result?.ticket))).toEqual([]);
  });

  it('a SKU that is a product code delivers that product', async () => {
    expect(productsOf((await sell(viewer, 2)).licenses)).toEqual([viewer, viewer]);
  });

  it('a line without a SKU is found by its variant, or by its title', async () => {
    await map('variant:808950810', [{ product: cad }]);
    await map('title:Tip', []);
    const lines = [
      { id: 1, sku: null, variant_id: 808950810, quantity: 1 },
      { id: 2, sku: '', variant_id: null, title: 'Tip', quantity: 1 },
    ];
    const { result } = await settled(await shopify('orders/paid', paid(newNumber(), lines)));
    expect(productsOf(await world.ticket(String(result?.ticket)))).toEqual([cad]);
  });

  it('a sale without licenses is ignored, and so is its refund', async () => {
    const order = newNumber();
    const shirts = [{ id: 1, sku: 'T-SHIRT', quantity: 2 }];
    expect(await settled(await shopify('orders/paid', paid(order, shirts)))).toMatchObject({ state: 'ignored' });
    const line_item = { id: 1, sku: 'T-SHIRT' };
    const refund = refundOf(order, [], { refund_line_items: [{ line_item_id: 1, quantity: 1, line_item }] });
    expect(await settled(await shopify('refunds/create', refund))).toMatchObject({ state: 'ignored' });
  });

  it('a sale of half a megabyte is stored whole and can be replayed', async () => {
    const sku = (index: number): string => (index === 0 ? 'LATER' : 'T-SHIRT');
    const lines = Array.from({ length: 400 }, (_, index) => ({ id: index + 1, sku: sku(index), quantity: 1 }));
    const body = paid(newNumber(), lines, { note: 'x'.repeat(100_000) });
    expect(body.length).toBeGreaterThan(500_000);
    const failed = await settled(await shopify('orders/paid', body));
    expect(failed).toMatchObject({ state: 'failed', body });
    await map('LATER', [{ product: cad }]);
    const { state, result } = await replay(failed.id);
    expect(state).toBe('done');
    expect(await world.ticket(String(result?.ticket))).toHaveLength(1);
  });

  it('a sale whose order does not fit into one item is stored as failed', async () => {
    const features = Array.from({ length: 12 }, (_, at) => `${at}`.padEnd(90, 'x'));
    await map(
      'BUNDLE',
      Array.from({ length: 20 }, () => ({ product: cad, terms: { features } })),
    );
    const lines = Array.from({ length: 16 }, (_, index) => ({ id: index + 1, sku: 'BUNDLE', quantity: 1 }));
    const { state, problem } = await settled(await shopify('orders/paid', paid(newNumber(), lines)));
    expect([state, problem?.code]).toEqual(['failed', 'invalid-request']);
  });

  it('a sale of many lines with names longer than any key is stored as failed, with a short reason', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => ({
      id: index + 1,
      sku: `${index}`.padEnd(3_000, 's'),
      quantity: 1,
    }));
    const { state, problem } = await settled(await shopify('orders/paid', paid(newNumber(), lines)));
    expect([state, problem?.code]).toEqual(['failed', 'invalid-request']);
    expect(JSON.stringify(problem).length).toBeLessThan(20_000);
  });
});

describe('a refund in Shopify', () => {
  it('a refund withdraws available licenses first, and the next refund continues there', async () => {
    const { order, line, licenses } = await sell('CAD-PRO', 4);
    const [one, two, three, four] = licenses.map(({ id }) => id);
    const customer = await world.customer();
    await customer.sync({ activate: [present(licenses[0]), present(licenses[2])] });

    const first = refundOf(order, [{ id: line, quantity: 1 }]);
    expect((await settled(await shopify('refunds/create', first))).result).toMatchObject({ withdrawn: [two] });
    // The same refund in another webhook withdraws nothing more.
    expect((await settled(await shopify('refunds/create', first))).result).toMatchObject({
      withdrawn: [two],
      pending: [],
    });

    const second = await settled(await shopify('refunds/create', refundOf(order, [{ id: line, quantity: 2 }])));
    expect(second.result).toMatchObject({ withdrawn: [four], pending: [one] });
    await customer.sync();
    expect(customer.container.content.licenses.map(({ id }) => id)).toEqual([three]);
    expect((await replay(second.id)).result).toMatchObject({ withdrawn: [four], pending: [one] });
  });

  it('a refund of a bundle withdraws the share of each of its items', async () => {
    const { order, line } = await sell('CAD-BUNDLE', 3);
    const { result } = await settled(await shopify('refunds/create', refundOf(order, [{ id: line, quantity: 2 }])));
    const withdrawn = await Promise.all((present(result).withdrawn as string[]).map((id) => world.license(id)));
    expect(productsOf(withdrawn).sort()).toEqual([cad, cad, viewer, viewer, viewer, viewer].sort());
  });

  it('a refund withdraws the replacement of what was sold', async () => {
    const { order, line, licenses } = await sell('CAD-PRO', 1);
    const { license } = ok(
      await world.vendor<{ license: LicenseBody }>('POST', `/licenses/${present(licenses[0]).id}/replacement`, {
        body: { product: viewer },
      }),
    );
    const { result } = await settled(await shopify('refunds/create', refundOf(order, [{ id: line, quantity: 1 }])));
    expect(result).toMatchObject({ withdrawn: [license.id] });
  });

  it('a refund counts a license that the vendor has already withdrawn', async () => {
    const { order, line, licenses } = await sell('CAD-PRO', 2);
    ok(await world.vendor('POST', `/licenses/${present(licenses[1]).id}/withdrawal`, { body: {} }));
    const { result } = await settled(await shopify('refunds/create', refundOf(order, [{ id: line, quantity: 1 }])));
    expect(result).toMatchObject({ withdrawn: [present(licenses[1]).id] });
    expect((await world.license(present(licenses[0]).id)).state).toBe('available');
  });

  it('two concurrent refunds never withdraw the same license', async () => {
    const { order, line, licenses } = await sell('CAD-PRO', 6);
    const refunds = [1, 2, 3].map(() => refundOf(order, [{ id: line, quantity: 2 }]));
    const replies = await Promise.all(refunds.map((body) => shopify('refunds/create', body)));
    const taken = await Promise.all(replies.map(async (reply) => (await settled(reply)).result?.withdrawn as string[]));
    expect(taken.flat().sort()).toEqual(licenses.map(({ id }) => id).sort());
  });

  it('a refund that arrives before its order waits and runs when the order arrives', async () => {
    const order = newNumber();
    const early = await settled(await shopify('refunds/create', refundOf(order, [{ id: 7, quantity: 1 }])));
    expect(early).toMatchObject({ state: 'waiting', result: { orderId: `shopify-${order}` } });
    const sold = await settled(await shopify('orders/paid', paid(order, [{ id: 7, sku: 'CAD-PRO', quantity: 2 }])));
    expect(await world.ticket(String(sold.result?.ticket))).toHaveLength(1);
    const done = await kept(early.id);
    expect(done.state).toBe('done');
    expect(done.result?.withdrawn).toHaveLength(1);
  });

  it('a cancellation by the ERP that arrives before its order withdraws all of it when the order arrives', async () => {
    const order = newNumber();
    const { id, secret } = await newSecret(world);
    onTestFinished(async () => void ok(await world.vendor('DELETE', `/webhook-secrets/${id}`)));
    const orderId = `shopify-${order}`;
    const early = ok(await sendErp(world, 'order.cancelled', { orderId }, { id: `msg_${order}`, secret }), 202);
    expect(early.state).toBe('waiting');
    const sold = await settled(await shopify('orders/paid', paid(order, [{ id: 7, sku: 'CAD-PRO', quantity: 2 }])));
    expect(await world.ticket(String(sold.result?.ticket))).toEqual([]);
    expect((await kept(early.id)).state).toBe('done');
  });

  it('a refund and its order that arrive at the same time end the same way', async () => {
    for (const _ of [1, 2, 3, 4]) {
      const order = newNumber();
      const [sold, refunded] = await Promise.all([
        shopify('orders/paid', paid(order, [{ id: 7, sku: 'CAD-PRO', quantity: 2 }])),
        shopify('refunds/create', refundOf(order, [{ id: 7, quantity: 1 }])),
      ]);
      expect(await world.ticket(String((await settled(sold)).result?.ticket))).toHaveLength(1);
      expect((await settled(refunded)).state).toBe('done');
    }
  });

  it('a refund that the order already contains is carried out once', async () => {
    const order = newNumber();
    const refund = refundOf(order, [{ id: 7, quantity: 1 }]);
    const lines = [{ id: 7, sku: 'CAD-PRO', quantity: 3 }];
    const sold = await settled(await shopify('orders/paid', paid(order, lines, { refunds: [JSON.parse(refund)] })));
    expect(await world.ticket(String(sold.result?.ticket))).toHaveLength(2);
    expect(await settled(await shopify('refunds/create', refund))).toMatchObject({ state: 'done' });
    expect(await world.ticket(String(sold.result?.ticket))).toHaveLength(2);
  });

  it('a refund of licenses that others require is reported as refused, and a replay continues it', async () => {
    const { order, line, licenses } = await sell('CAD-PRO', 2);
    const [addOn] = await world.sell(render);
    const customer = await world.customer();
    await customer.sync({ activate: [present(licenses[0]), present(addOn)] });
    const failed = await settled(await shopify('refunds/create', refundOf(order, [{ id: line, quantity: 2 }])));
    const base = present(licenses[0]).id;
    expect(failed).toMatchObject({
      state: 'failed',
      problem: { code: 'dependency-violation', dependents: [present(addOn).id] },
      result: { withdrawn: [present(licenses[1]).id], pending: [], refused: [{ license: base }] },
    });
    await customer.sync({ deactivate: [present(addOn).id] });
    expect(await replay(failed.id)).toMatchObject({ state: 'done', result: { pending: [base], refused: [] } });
    await customer.sync();
    expect((await world.license(base)).state).toBe('withdrawn');
  });

  it.each([
    ['an amount alone', []],
    ['a line that the order does not have', [{ id: 8, quantity: 1 }]],
    ['more units than were sold', [{ id: 7, quantity: 3 }]],
  ])('a refund with %s withdraws nothing and is stored as failed', async (_, lines) => {
    const order = newNumber();
    const sold = await settled(await shopify('orders/paid', paid(order, [{ id: 7, sku: 'CAD-PRO', quantity: 2 }])));
    const refused = await settled(await shopify('refunds/create', refundOf(order, lines)));
    expect(refused).toMatchObject({ state: 'failed', problem: { code: 'invalid-request' } });
    expect(await world.ticket(String(sold.result?.ticket))).toHaveLength(2);
  });
});

describe('a sale through Stripe', () => {
  it('a sale delivers the SKUs of its metadata, and a full refund withdraws everything', async () => {
    const sold = await settled(await stripe(sample('stripe-checkout-session-completed')));
    expect(sold).toMatchObject({
      id: 'evt_1SExAmPlE0000000000000001',
      source: 'stripe',
      state: 'done',
      result: { orderId: 'stripe-pi_3SExample000000000000001' },
    });
    const ticket = String(sold.result?.ticket);
    const licenses = await world.ticket(ticket);
    expect(productsOf(licenses)).toEqual([cad, cad, cad, viewer, viewer]);
    const customer = await world.customer();
    await customer.sync({ activate: [present(licenses[0])] });

    const refunded = await settled(await stripe(sample('stripe-charge-refunded')));
    expect(refunded.state).toBe('done');
    expect(refunded.result).toMatchObject({ pending: [present(licenses[0]).id] });
    expect(refunded.result?.withdrawn).toHaveLength(4);
    await customer.sync();
    expect(await world.ticket(ticket)).toEqual([]);
  });

  it('a sale with expanded line items is found by its price ids', async () => {
    await map('price_1Example', [{ product: viewer }]);
    const line_items = { object: 'list', data: [{ quantity: 2, price: { id: 'price_1Example' } }], has_more: false };
    const { result } = await settled(await stripe(checkout({}, { line_items }).body));
    expect(productsOf(await world.ticket(String(result?.ticket)))).toEqual([viewer, viewer]);
  });

  it('an unpaid sale delivers nothing until its payment succeeds', async () => {
    const { body } = checkout({ relicense_skus: 'CAD-PRO' }, { payment_status: 'unpaid' });
    expect(await settled(await stripe(body))).toMatchObject({ state: 'ignored' });
    const event = JSON.parse(body);
    const object = { ...event.data.object, payment_status: 'paid' };
    const type = 'checkout.session.async_payment_succeeded';
    const later = JSON.stringify({ ...event, id: `evt_${newNumber()}`, type, data: { object } });
    const { result } = await settled(await stripe(later));
    expect(await world.ticket(String(result?.ticket))).toHaveLength(1);
  });

  it('a sale refunded before it arrives leaves nothing on the ticket', async () => {
    const { body, intent } = checkout({ relicense_skus: 'CAD-PRO=2' });
    const early = await settled(await stripe(refundedCharge(intent)));
    expect(early.state).toBe('waiting');
    const { result } = await settled(await stripe(body));
    expect(await world.ticket(String(result?.ticket))).toEqual([]);
    expect((await kept(early.id)).state).toBe('done');
  });

  it('a partial refund withdraws nothing, because its amount names no license', async () => {
    const { body, intent } = checkout({ relicense_skus: 'CAD-PRO=2' });
    const { result } = await settled(await stripe(body));
    const partly = await settled(await stripe(refundedCharge(intent, { amount_refunded: 100_000, refunded: false })));
    expect(partly).toMatchObject({ state: 'failed', problem: { code: 'invalid-request' } });
    expect(partly.problem?.detail).toContain('100000 of 310000');
    expect(await world.ticket(String(result?.ticket))).toHaveLength(2);
    // The later refund of the rest makes it a full one.
    expect(await settled(await stripe(refundedCharge(intent)))).toMatchObject({ state: 'done' });
    expect(await world.ticket(String(result?.ticket))).toEqual([]);
  });

  it.each([
    ['no SKUs at all', {}],
    ['SKUs that cannot be read', { relicense_skus: 'CAD-PRO=two' }],
    ['an unknown SKU', { relicense_skus: 'NO-SUCH' }],
  ])('a sale with %s is stored as failed', async (_, metadata) => {
    const failed = await settled(await stripe(checkout(metadata).body));
    expect(failed).toMatchObject({ state: 'failed', problem: { code: 'invalid-request' } });
  });
});

describe('webhooks that cannot be used', () => {
  it('a webhook that failed is listed by its source, and a replay after its SKU was mapped carries it out', async () => {
    const sku = `NEW-${newNumber()}`;
    const order = newNumber();
    const failed = await settled(await shopify('orders/paid', paid(order, [{ id: 7, sku, quantity: 2 }])));
    expect(failed.problem?.detail).toContain(sku);
    expect((await failures('&source=shopify')).map(({ id }) => id)).toContain(failed.id);
    expect((await failures('&source=stripe')).map(({ id }) => id)).not.toContain(failed.id);
    expect((await failures()).map(({ id }) => id)).toContain(failed.id);
    // A refund that arrives meanwhile waits with it.
    const refunded = await settled(await shopify('refunds/create', refundOf(order, [{ id: 7, quantity: 1 }])));
    expect(refunded.state).toBe('waiting');

    await map(sku, [{ product: cad }]);
    const { state, result } = await replay(failed.id);
    expect(state).toBe('done');
    expect(await world.ticket(String(result?.ticket))).toHaveLength(1);
    expect((await kept(refunded.id)).state).toBe('done');
    expect((await failures()).map(({ id }) => id)).not.toContain(failed.id);
  });

  it.each([
    ['invalid JSON', 'orders/paid', '{'],
    ['an order without lines', 'orders/paid', '{"id": 1, "line_items": []}'],
    ['a quantity below zero', 'orders/paid', '{"id": 1, "line_items": [{"id": 2, "sku": "CAD-PRO", "quantity": -1}]}'],
    ['a refund without its order', 'refunds/create', '{"id": 1, "refund_line_items": []}'],
  ])('a webhook with %s is stored as failed', async (_, topic, body) => {
    const failed = await settled(await shopify(topic, body));
    expect(failed).toMatchObject({ state: 'failed', body, problem: { code: 'invalid-request' } });
  });

  it('an event of Stripe without an id is identified by its content', async () => {
    const body = JSON.stringify({ note: randomUUID() });
    const first = ok(await stripe(body), 200);
    expect(first).toEqual({ id: expect.stringMatching(/^sha256-/), state: 'failed' });
    expect(ok(await stripe(body), 200)).toEqual(first);
  });

  it('an event without licenses is answered 200 and stored once per id', async () => {
    const id = randomUUID();
    for (const _ of [1, 2]) ok(await shopify('products/update', '{"id": 1}', { id }), 200);
    expect(await kept(id)).toMatchObject({ state: 'ignored', topic: 'products/update' });
    const event = { id: `evt_${newNumber()}`, type: 'invoice.paid', data: { object: {} } };
    expect(await settled(await stripe(JSON.stringify(event)))).toMatchObject({ state: 'ignored' });
    const ignored = ok(await world.vendor<{ items: Kept[] }>('GET', '/webhooks?state=ignored&source=shopify'));
    expect(ignored.items.map((one) => one.id)).toContain(id);
  });

  it('a webhook id that belongs to another source is refused', async () => {
    const id = `evt_${newNumber()}`;
    ok(await shopify('products/update', '{"id": 1}', { id }), 200);
    const event = JSON.stringify({ id, type: 'invoice.paid', data: { object: {} } });
    expectProblem(await stripe(event), 'invalid-request');
  });
});

describe('signatures of shops', () => {
  const reserialized = (body: string): string => JSON.stringify(JSON.parse(body));
  const order = () => JSON.stringify(JSON.parse(paid(newNumber(), [{ id: 1, sku: 'CAD-PRO', quantity: 1 }])), null, 1);
  const event = () => JSON.stringify(JSON.parse(checkout({ relicense_skus: 'CAD-PRO' }).body), null, 1);

  it.each([
    ['another secret', { secrets: ['shpss_ffffffffffffffffffffffffffffffff'] }],
    ['a changed byte', { tamper: (body: string) => body.replace('CAD-PRO', 'CAD-PRQ') }],
    ['a body that was serialized again', { tamper: reserialized }],
  ])('a Shopify webhook with %s is refused and not stored', async (_, sending) => {
    const id = randomUUID();
    expectProblem(await shopify('orders/paid', order(), { ...sending, id }), 'unauthorized');
    expect((await world.vendor('GET', `/webhooks/${id}`)).status).toBe(404);
  });

  it.each([
    ['another secret', { secrets: ['whsec_AnotherSecretOfAnotherEndpoint01'] }],
    ['a changed byte', { tamper: (body: string) => body.replace('CAD-PRO', 'CAD-PRQ') }],
    ['a body that was serialized again', { tamper: reserialized }],
    ['a time 303 seconds ago', { shift: -303 }],
    ['a time 303 seconds ahead', { shift: 303 }],
  ])('a Stripe webhook with %s is refused and not stored', async (_, sending) => {
    const body = event();
    expectProblem(await stripe(body, sending), 'unauthorized');
    expect((await world.vendor('GET', `/webhooks/${JSON.parse(body).id}`)).status).toBe(404);
  });

  it('a Stripe signature is accepted until it is 300 seconds old, and if one of several is valid', async () => {
    ok(await stripe(event(), { shift: -280 }), 200);
    ok(await stripe(event(), { secrets: ['whsec_AnotherSecretOfAnotherEndpoint01', STRIPE] }), 200);
  });

  it('a Stripe signature in another scheme, or with text behind it, is refused', async () => {
    const body = event();
    const header = stripeSignature(body, { secrets: [STRIPE] });
    for (const signature of [
      header.replace('v1=', 'v0='),
      `${header}00`,
      `t=1,${header}`,
      header.replace('t=', 't=+'),
    ]) {
      const headers = { 'stripe-signature': signature };
      expectProblem(await world.user('POST', '/webhooks/stripe', { raw: body, headers }), 'unauthorized');
    }
  });

  it.each(['/webhooks/shopify', '/webhooks/stripe'])('a webhook without a signature is refused at %s', async (path) => {
    expectProblem(await world.user('POST', path, { raw: '{}' }), 'unauthorized');
  });

  it.each(['shopify', 'stripe'] as const)(
    'webhooks of %s may be signed with the old and the new secret during a rotation',
    async (source) => {
      const [old, next] =
        source === 'shopify' ? [SHOPIFY, `shpss_${'9'.repeat(32)}`] : [STRIPE, `whsec_${'9'.repeat(32)}`];
      const send = (secret: string) =>
        source === 'shopify'
          ? shopify('orders/paid', order(), { secrets: [secret] })
          : stripe(event(), { secrets: [secret] });
      const added = await addSecret(source, next);
      expectProblem(
        await world.vendor('POST', '/webhook-secrets', { body: { source, secret: old } }),
        'invalid-request',
      );
      ok(await send(old), 200);
      ok(await send(next), 200);
      const listed = ok(
        await world.vendor<{ source: string; items: { id: string }[] }>('GET', `/webhook-secrets?source=${source}`),
      );
      expect(listed).toMatchObject({ source, items: [{}, { id: added.id }] });
      ok(await world.vendor('DELETE', `/webhook-secrets/${added.id}`));
      expectProblem(await send(next), 'unauthorized');
      ok(await send(old), 200);
    },
  );

  it('a signature with another source’s secret is refused', async () => {
    const erp = ok(await world.vendor<{ items: object[] }>('GET', '/webhook-secrets'));
    expect(erp.items).toEqual([]);
    const body = event();
    const headers = await shopifyHeaders('orders/paid', body, { secrets: [STRIPE] });
    expectProblem(await world.user('POST', '/webhooks/shopify', { raw: body, headers }), 'unauthorized');
  });

  it.each([
    [{ source: 'shopify' }, 'secret'],
    [{ source: 'stripe' }, 'secret'],
    [{ source: 'erp', secret: 'shpss_0123456789abcdef0123456789abcdef' }, 'secret'],
    [{ source: 'stripe', secret: 'short' }, 'secret'],
    [{ source: 'woocommerce', secret: 'x'.repeat(32) }, 'source'],
  ])('the secret %j must belong to a source', async (body, path) => {
    const { errors } = expectProblem(
      await world.vendor('POST', '/webhook-secrets', { body }),
      'invalid-request',
    ) as unknown as { errors: { path: string }[] };
    expect(errors.map((error) => error.path)).toContain(path);
  });
});
