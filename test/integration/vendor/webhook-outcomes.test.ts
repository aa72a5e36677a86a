/** What a vendor can rely on when a webhook fails: the server reports it, the vendor can act, and every paid order can be delivered. */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { putWebhook } from '../../../functions/store/webhook-item.ts';
import { reportOpenWebhooks } from '../../../functions/use-cases/webhooks/report-open-webhooks.ts';
import { requestPath } from '../../../protocol/request-path.ts';
import type { OrderBody } from '../../harness/answers.ts';
import type { Reply } from '../../harness/client.ts';
import { type KeptWebhook, keptWebhook, newSecret, sendErp } from '../../harness/erp.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { sendAsShopify, sendAsStripe, type Taken } from '../../harness/shops.ts';
import { ok, openWorld, type World } from '../../harness/world.ts';

interface Kept extends KeptWebhook {
  readonly body: string;
  readonly otherBodies?: string[];
  readonly sameIdAs?: string;
  readonly closed?: { readonly reason: string; readonly by?: object };
}

const SHOPIFY = 'shpss_0123456789abcdef0123456789abcdef';
const STRIPE = 'whsec_ExampleSecretOfOneEndpoint0123456';

let world: World;
let secret: string;
let cad: string;
beforeAll(async () => {
  world = await openWorld();
  cad = await world.product();
  ({ secret } = await newSecret(world));
  for (const [source, text] of [
    ['shopify', SHOPIFY],
    ['stripe', STRIPE],
  ]) {
    ok(await world.vendor('POST', '/webhook-secrets', { body: { source, secret: text } }), 201);
  }
});
afterAll(() => world.close());

const newNumber = (): number => randomInt(1e12, 9e12);
const kept = async (id: string): Promise<Kept> => (await keptWebhook(world, encodeURIComponent(id))) as Kept;
const settled = async (reply: Reply<Taken>): Promise<Kept> => kept(ok(reply, 200).id);
const replay = async (id: string): Promise<Kept> =>
  ok(await world.vendor<Kept>('POST', requestPath('/webhooks/{id}/replay', { id })));
const shopify = async (topic: string, body: object): Promise<Kept> =>
  settled(await sendAsShopify(world.user, topic, JSON.stringify(body), { secrets: [SHOPIFY] }));
const stripe = async (type: string, object: object, more: object = {}): Promise<Kept> =>
  settled(
    await sendAsStripe(world.user, JSON.stringify({ id: `evt_${newNumber()}`, type, data: { object }, ...more }), {
      secrets: [STRIPE],
    }),
  );
const orderOf = async (id: string): Promise<OrderBody & { readonly test?: true }> =>
  ok(await world.vendor<OrderBody>('GET', `/orders/${id}`));
const licensesOf = async (id: string): Promise<number> => (await orderOf(id)).licenses.length;

/** A sale of three units in each shop. @returns the shop's own number of it, and the order's id. */
async function sellInShopify(more: object = {}) {
  const id = newNumber();
  const line_items = [{ id: 7, quantity: 3, sku: cad }];
  const sold = await shopify('orders/paid', { id, line_items, ...more });
  return { id, orderId: `shopify-${id}`, sold };
}
async function sellThroughStripe(object: object = {}, more: object = {}) {
  const intent = `pi_${newNumber()}`;
  const session = {
    id: `cs_${newNumber()}`,
    payment_status: 'paid',
    payment_intent: intent,
    metadata: { relicense_skus: `${cad}=3` },
  };
  const sold = await stripe('checkout.session.completed', { ...session, ...object }, more);
  return { intent, orderId: `stripe-${intent}`, sold };
}

describe('money that goes back', () => {
  it.each([
    ['charge.dispute.closed', (intent: string) => ({ id: 'dp_1', status: 'lost', payment_intent: intent })],
    ['checkout.session.async_payment_failed', (intent: string) => ({ id: 'cs_1', payment_intent: intent })],
    ['payment_intent.payment_failed', (intent: string) => ({ id: intent })],
    ['charge.failed', (intent: string) => ({ id: 'ch_1', payment_intent: intent })],
  ])('by %s of Stripe withdraws what the sale delivered', async (type, object) => {
    const { intent, orderId } = await sellThroughStripe({}, { created: 1_800_000_000 });
    const back = await stripe(type, object(intent), { created: 1_800_000_001 });
    expect(back).toMatchObject({ state: 'done', result: { orderId, refused: [] } });
    expect(await licensesOf(orderId)).toBe(0);
  });

  it('by a card that was declined before the payment withdraws nothing', async () => {
    const { intent, orderId } = await sellThroughStripe({}, { created: 1_800_000_000 });
    const declined = await stripe('payment_intent.payment_failed', { id: intent }, { created: 1_799_999_990 });
    expect(declined).toMatchObject({ state: 'ignored' });
    expect(await licensesOf(orderId)).toBe(3);
    expect(await stripe('payment_intent.payment_failed', { id: 'pi_nobody' })).toMatchObject({ state: 'ignored' });
  });

  it('by a dispute of a part of the total is kept for a person', async () => {
    const { intent, orderId } = await sellThroughStripe({ amount_total: 9_000, currency: 'jpy' });
    const dispute = { id: 'dp_1', status: 'lost', payment_intent: intent, currency: 'jpy' };
    const part = await stripe('charge.dispute.closed', { ...dispute, amount: 3_000 });
    expect(part).toMatchObject({ state: 'failed', result: { orderId } });
    expect(await licensesOf(orderId)).toBe(3);
    expect(await stripe('charge.dispute.closed', { ...dispute, amount: 9_000 })).toMatchObject({ state: 'done' });
    expect(await licensesOf(orderId)).toBe(0);
  });

  it('by a dispute that is open changes nothing, and the order’s history has it once', async () => {
    const { intent, orderId } = await sellThroughStripe();
    const object = { id: 'dp_1', status: 'needs_response', reason: 'fraudulent', payment_intent: intent };
    const opened = await stripe('charge.dispute.created', object);
    expect(opened).toMatchObject({ state: 'ignored', result: { orderId } });
    await replay(opened.id);
    const disputed = (await world.historyOf({ order: orderId })).filter(({ type }) => type === 'order.disputed');
    expect(disputed).toMatchObject([
      { by: { kind: 'webhook', id: opened.id }, reason: 'Stripe dispute dp_1 was opened: fraudulent' },
    ]);
    expect(await licensesOf(orderId)).toBe(3);
  });

  it('a refund that failed is kept for a person, if the order was delivered', async () => {
    const { intent, orderId } = await sellThroughStripe();
    const refund = { id: 're_1', status: 'failed', payment_intent: intent };
    expect(await stripe('refund.failed', refund)).toMatchObject({ state: 'failed', result: { orderId } });
    expect(await stripe('refund.failed', { ...refund, payment_intent: 'pi_nobody' })).toMatchObject({
      state: 'ignored',
    });
  });

  it('by a cancelled order or a lost dispute in Shopify withdraws all of it, in either order of arrival', async () => {
    const { id, orderId } = await sellInShopify();
    expect(await shopify('orders/cancelled', { id, financial_status: 'refunded' })).toMatchObject({ state: 'done' });
    expect(await licensesOf(orderId)).toBe(0);

    const other = newNumber();
    const early = await shopify('disputes/update', { id: 1, order_id: other, status: 'lost' });
    expect(early.state).toBe('waiting');
    await shopify('orders/paid', { id: other, line_items: [{ id: 7, quantity: 3, sku: cad }] });
    expect(await licensesOf(`shopify-${other}`)).toBe(0);
    expect((await kept(early.id)).state).toBe('done');
  });

  it('by an edit of the order and by its refund takes the removed unit once', async () => {
    const { id, orderId } = await sellInShopify();
    const edit = { order_edit: { id: newNumber(), order_id: id, line_items: { removals: [{ id: 7, delta: 1 }] } } };
    expect(await shopify('orders/edited', edit)).toMatchObject({ state: 'done' });
    expect(await licensesOf(orderId)).toBe(2);
    const refund = (quantity: number) => ({
      id: newNumber(),
      order_id: id,
      refund_line_items: [{ line_item_id: 7, quantity }],
    });
    expect(await shopify('refunds/create', refund(1))).toMatchObject({ state: 'done' });
    expect(await licensesOf(orderId)).toBe(2);
    expect(await shopify('refunds/create', refund(2))).toMatchObject({ state: 'done' });
    expect(await licensesOf(orderId)).toBe(0);
  });
});

describe('a refund of what was never delivered', () => {
  const refund = (order: number) => ({
    id: 9,
    order_id: order,
    refund_line_items: [{ line_item_id: 1, quantity: 2, line_item: { id: 1, sku: cad } }],
  });
  const paid = (order: number) => ({
    id: order,
    line_items: [{ id: 1, quantity: 2, sku: cad }],
    refunds: [{ id: 9, refund_line_items: [{ line_item_id: 1, quantity: 2 }] }],
  });

  it('is ignored in either order of arrival, and waits for nothing', async () => {
    const [first, second] = [newNumber(), newNumber()];
    const early = await shopify('refunds/create', refund(first));
    expect(early.state).toBe('waiting');
    expect((await shopify('orders/paid', paid(first))).state).toBe('ignored');
    expect((await kept(early.id)).state).toBe('ignored');

    expect((await shopify('orders/paid', paid(second))).state).toBe('ignored');
    expect((await shopify('refunds/create', refund(second))).state).toBe('ignored');
    const cancelled = ok(
      await sendErp(world, 'order.cancelled', { orderId: `shopify-${second}` }, { id: `c-${second}`, secret }),
      202,
    );
    expect(cancelled.state).toBe('ignored');
  });
});

describe('a line that is not for a license', () => {
  it('does not hold up the order, nor its refund', async () => {
    const id = newNumber();
    const gift = { id: 2, quantity: 1, sku: 'GIFT-50', gift_card: true };
    const sold = await shopify('orders/paid', { id, line_items: [{ id: 1, quantity: 1, sku: cad }, gift] });
    expect(sold.state).toBe('done');
    const back = { id: 3, order_id: id, refund_line_items: [{ line_item_id: 2, quantity: 1, line_item: gift }] };
    expect((await shopify('refunds/create', back)).state).toBe('done');
    expect(await licensesOf(`shopify-${id}`)).toBe(1);
    expect((await shopify('refunds/create', { ...back, order_id: newNumber() })).state).toBe('ignored');
  });

  it('an unknown SKU holds the order, or is skipped and named, depending on the shop’s setting', async () => {
    const lines = {
      line_items: [
        { id: 1, quantity: 1, sku: cad },
        { id: 2, quantity: 1, sku: 'PAPER' },
      ],
    };
    const held = await sellInShopify(lines);
    expect(held.sold.state).toBe('failed');
    ok(await world.vendor('PUT', '/webhook-sources/shopify', { body: { unknownSkus: 'skip' } }));
    onTestFinished(async () => void ok(await world.vendor('PUT', '/webhook-sources/shopify', { body: {} })));
    expect(await replay(held.sold.id)).toMatchObject({ state: 'done', result: { skipped: ['PAPER'] } });
    expect(await licensesOf(held.orderId)).toBe(1);
  });
});

describe('a test sale', () => {
  it('is marked on the order, its licenses, their replacements and the event, in both shops', async () => {
    const sales = [await sellInShopify({ test: true }), await sellThroughStripe({}, { livemode: false })];
    for (const { orderId, sold } of sales) {
      expect(sold).toMatchObject({ state: 'done', result: { test: true } });
      const order = await orderOf(orderId);
      expect(order.test).toBe(true);
      for (const license of order.licenses) expect(license).toMatchObject({ test: true });
      const replaced = await world.vendor('POST', `/licenses/${order.licenses[0]?.id}/replacement`, { body: {} });
      expect(ok(replaced)).toMatchObject({ license: { test: true } });
      expect((await world.historyOf({ order: orderId }))[0]).toMatchObject({ type: 'license.delivered', test: true });
    }
    const live = await sellThroughStripe();
    expect(await orderOf(live.orderId)).not.toHaveProperty('test');
  });

  it('is refused with its refund where the shop is set so, and a live one is not', async () => {
    const set = await world.vendor('PUT', '/webhook-sources/stripe', { body: { testMode: 'refuse' } });
    expect(ok(set)).toEqual({ source: 'stripe', testMode: 'refuse', unknownSkus: 'hold' });
    onTestFinished(async () => void ok(await world.vendor('PUT', '/webhook-sources/stripe', { body: {} })));
    const { intent, orderId, sold } = await sellThroughStripe({}, { livemode: false });
    expect(sold).toMatchObject({ state: 'ignored', result: { orderId, reason: expect.stringContaining('test sale') } });
    expect((await world.vendor('GET', `/orders/${orderId}`)).status).toBe(404);
    const charge = { id: 'ch_1', amount: 5, amount_refunded: 5, payment_intent: intent };
    expect((await stripe('charge.refunded', charge, { livemode: false })).state).toBe('ignored');
    expect((await sellThroughStripe({}, { livemode: true })).sold.state).toBe('done');
  });
});

describe('a webhook that was paid for', () => {
  it('is done when its order was delivered by hand, although its body cannot be read', async () => {
    const { orderId, sold } = await sellThroughStripe({ metadata: { relicense_skus: 'CAD 2; VIEWER' } });
    expect(sold.problem?.detail).toContain('malformed');
    expect(sold.problem?.detail).toContain(orderId);
    const { ticket } = ok(
      await world.vendor<OrderBody>('POST', '/orders', { body: { orderId, items: [{ product: cad }] } }),
      201,
    );
    expect(await replay(sold.id)).toMatchObject({ state: 'done', result: { orderId, ticket } });
  });

  it('is delivered when its line is mapped under the name that the problem shows, however long it is', async () => {
    const { sold } = await sellInShopify({ line_items: [{ id: 7, quantity: 1, title: '長'.repeat(2_000) }] });
    const name = /unknown SKU (.*): add it/.exec(sold.problem?.detail ?? '')?.[1] ?? '';
    expect(
      ok(
        await world.vendor('PUT', requestPath('/sku-mappings/{sku}', { sku: name }), {
          body: { items: [{ product: cad }] },
        }),
        201,
      ),
    ).toMatchObject({ sku: name });
    expect((await replay(sold.id)).state).toBe('done');
  });
});

describe('the ERP', () => {
  it('withdraws an order for a reason in two lines, with half a character, or without one', async () => {
    for (const [reason, shown] of [
      ['Returned:\r\nsold twice', 'Returned: sold twice'],
      ['cut \ud83d', 'cut \u{fffd}'],
      [null, undefined],
      ['x'.repeat(600), `${'x'.repeat(499)}…`],
    ]) {
      const { orderId } = await world.order([{ product: cad }]);
      const { id } = ok(
        await sendErp(world, 'order.cancelled', { orderId, reason }, { id: `r-${newNumber()}`, secret }),
        202,
      );
      expect((await kept(id)).state).toBe('done');
      const events = await world.historyOf({ order: orderId });
      expect(events.at(-1)?.reason).toBe(shown);
    }
  });

  it('does not sell an order whose id has half a character: two such ids would become one', async () => {
    const order = { orderId: `half-${newNumber()}-\ud83d`, items: [{ product: cad }] };
    const { state } = ok(await sendErp(world, 'order.created', order, { id: `h-${newNumber()}`, secret }), 202);
    expect(state).toBe('failed');
  });

  it('the ERP gets 422 for another event with a known id; the event is kept and can be replayed', async () => {
    const id = `seq-${newNumber()}`;
    const order = (name: string) => ({ orderId: `${name}-${id}`, items: [{ product: cad }] });
    ok(await sendErp(world, 'order.created', order('A'), { id, secret }), 202);
    // A retry that writes the time of its attempt into the body is the same event.
    expect(ok(await sendErp(world, 'order.created', order('A'), { id, secret, shift: -5 }), 202)).toEqual({
      id,
      state: 'done',
    });
    for (const _ of [1, 2]) {
      expectProblem(await sendErp(world, 'order.created', order('B'), { id, secret }), 'idempotency-key-reused');
    }
    const { otherBodies = [] } = await kept(id);
    expect(otherBodies).toHaveLength(1);
    const [other = ''] = otherBodies;
    expect(await kept(other)).toMatchObject({
      state: 'failed',
      sameIdAs: id,
      problem: { code: 'idempotency-key-reused' },
    });
    expect((await world.vendor('GET', `/orders/B-${id}`)).status).toBe(404);
    expect(await replay(other)).toMatchObject({ state: 'done', result: { orderId: `B-${id}` } });
    expect(ok(await sendErp(world, 'order.created', order('B'), { id, secret }), 202)).toEqual({
      id: other,
      state: 'done',
    });
  });

  it('learns which fault its signature has, and the log has it too', async () => {
    const warn = vi.spyOn(console, 'error').mockReturnValue(undefined);
    onTestFinished(() => warn.mockRestore());
    const send = (more: object) => sendErp(world, 'order.cancelled', { orderId: 'x' }, { id: 'm', secret, ...more });
    const reasonOf = (reply: Reply<unknown>) =>
      expectProblem(reply, 'unauthorized') as unknown as { reason: string; secondsBehind?: number; detail: string };
    expect(reasonOf(await world.user('POST', '/webhooks/erp', { raw: '{}' }))).toMatchObject({
      reason: 'header-missing',
      detail: 'The header webhook-id is missing.',
    });
    const late = reasonOf(await send({ shift: -3_600 }));
    expect(late.reason).toBe('clock');
    expect(Math.abs((late.secondsBehind ?? 0) - 3_600)).toBeLessThan(30);
    expect(reasonOf(await send({ shift: 3_600 })).secondsBehind).toBeLessThan(-3_500);
    expect(reasonOf(await send({ tamper: (body: string) => body.replace('x', 'y') })).reason).toBe('signature');
    const headers = { 'stripe-signature': 'v1=00' };
    expect(reasonOf(await world.user('POST', '/webhooks/stripe', { raw: '{}', headers })).reason).toBe(
      'header-malformed',
    );
    expect(warn.mock.calls.flat().join(' ')).toMatch(/refused.*"reason":"clock"/s);
  });
});

describe('a webhook that needs a person', () => {
  it('is closed with a reason, leaves the lists, and is opened again by a replay', async () => {
    const { sold } = await sellInShopify({ line_items: [{ id: 7, quantity: 1, sku: 'NO-SUCH' }] });
    const path = `/webhooks/${sold.id}/close`;
    expectProblem(await world.vendor('POST', path, { body: {} }), 'invalid-request');
    const closed = ok(await world.vendor<Kept>('POST', path, { body: { reason: 'sent by mail' } }));
    expect(closed).toMatchObject({
      state: 'closed',
      problem: { code: 'invalid-request' },
      closed: { reason: 'sent by mail', by: { kind: 'token' } },
    });
    expect(ok(await world.vendor<Kept>('POST', path, { body: { reason: 'again' } })).closed?.reason).toBe(
      'sent by mail',
    );
    const listed = async (state: string) =>
      ok(await world.vendor<{ items: Kept[] }>('GET', `/webhooks?state=${state}&limit=1000`)).items.map(({ id }) => id);
    expect(await listed('failed')).not.toContain(sold.id);
    expect(await listed('closed')).toContain(sold.id);
    const again = await replay(sold.id);
    expect(again.state).toBe('failed');
    expect(again).not.toHaveProperty('closed');
    const done = await sellInShopify();
    expectProblem(
      await world.vendor('POST', `/webhooks/${done.sold.id}/close`, { body: { reason: 'x' } }),
      'invalid-request',
    );
    expectProblem(await world.vendor('POST', '/webhooks/nobody/close', { body: { reason: 'x' } }), 'not-found');
  });

  it('is failed by the regular look when its processing stopped and nobody sent it again', async () => {
    const { dependencies } = world.running;
    const id = `stopped-${newNumber()}`;
    const receivedAt = new Date(dependencies.now().getTime() - 31 * 60_000).toISOString();
    await putWebhook(dependencies, {
      id,
      source: 'erp',
      body: '{}',
      receivedAt,
      seed: 'seed',
      state: 'received',
      revision: 0,
    });
    await vi.waitFor(async () => expect((await reportOpenWebhooks(dependencies)).stopped).toBe(1));
    expect(await kept(id)).toMatchObject({ state: 'failed', problem: { code: 'internal-error' } });
  });
});
