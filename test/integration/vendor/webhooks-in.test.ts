import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookKey } from '../../../functions/store/keys.ts';
import { getItem } from '../../../functions/store/queries.ts';
import { changeRefunds } from '../../../functions/store/refunds-item.ts';
import type { OrderBody } from '../../harness/answers.ts';
import {
  type KeptWebhook,
  keptWebhook,
  newSecret,
  type Sending,
  sendErp,
  type WebhookSecret,
} from '../../harness/erp.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, ok, openWorld, present, readAll, type World } from '../../harness/world.ts';

let world: World;
let secret: WebhookSecret;
beforeAll(async () => {
  world = await openWorld();
  secret = await newSecret(world);
});
afterAll(() => world.close());

let sent = 0;
const newId = (): string => `msg_${++sent}`;

type With = Partial<Omit<Sending, 'secret'>> & { readonly with?: string };

const send = (type: string, data: unknown, { with: other = secret.secret, ...sending }: With = {}) =>
  sendErp(world, type, data, { id: newId(), secret: other, ...sending });

const kept = (id: string): Promise<KeptWebhook> => keptWebhook(world, id);

async function daysKept(id: string): Promise<number> {
  const item = await getItem(world.running.dependencies, webhookKey(id));
  return Math.round(
    (Number(item?.['expiresAtSeconds']) * 1000 - Date.parse(String(item?.['receivedAt']))) / 86_400_000,
  );
}

/** The state of a process that stopped after it did the work and before it stored that. */
async function forgetOutcome(id: string): Promise<void> {
  const { dependencies } = world.running;
  await dependencies.documents.send(
    new UpdateCommand({
      TableName: dependencies.tableName,
      Key: { ...webhookKey(id) },
      UpdateExpression: 'SET #state = :received REMOVE #result',
      ExpressionAttributeNames: { '#state': 'state', '#result': 'result' },
      ExpressionAttributeValues: { ':received': 'received' },
    }),
  );
}

describe('a webhook from the ERP', () => {
  it('a webhook that stopped after its work ends the same way when it is sent again', async () => {
    const [one, other] = await world.sell(await world.product(), await world.product());
    for (const [type, { id: license, ticket }] of [
      ['license.replace', present(one)],
      ['license.withdraw', present(other)],
    ] as const) {
      const id = newId();
      ok(await send(type, { license }, { id }), 202);
      const first = await kept(id);
      const left = (await world.ticket(ticket)).map((shown) => shown.id);
      await forgetOutcome(id);
      ok(await send(type, { license }, { id }), 202);
      expect(await kept(id)).toMatchObject({ state: 'done', result: first.result });
      expect((await world.ticket(ticket)).map((shown) => shown.id)).toEqual(left);
    }
  });

  it('a webhook delivers an order once per id, however often it arrives', async () => {
    const product = await world.product();
    const id = newId();
    const order = { orderId: `erp-${id}`, items: [{ product, quantity: 2 }] };
    for (const _ of [1, 2, 3]) expect((await send('order.created', order, { id })).status).toBe(202);
    const { state, result } = await kept(id);
    expect(state).toBe('done');
    expect(await world.ticket(String(result?.ticket))).toHaveLength(2);
    expect(await world.historyOf({ order: order.orderId })).toHaveLength(2);
  });

  it('a cancellation withdraws by W1 to W5 what the order delivered, an add-on before its base license', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const { orderId, licenses } = await world.order([{ product: base }, { product: addOn }, { product: base }]);
    const [inContainer, dependent, free] = licenses;
    const customer = await world.customer();
    await customer.sync({ activate: [present(inContainer), present(dependent)] });
    const { id } = ok(await send('order.cancelled', { orderId, reason: 'returned' }), 202);
    const { state, result } = await kept(id);
    expect(state).toBe('done');
    expect(result).toMatchObject({ withdrawn: [present(free).id], refused: [] });
    expect(new Set(result?.pending as string[])).toEqual(new Set([present(inContainer).id, present(dependent).id]));
    await customer.sync();
    expect(customer.container.content.licenses).toEqual([]);
  });

  it('N1 order.renewed renews what the order delivered, but not what is being withdrawn, and the same event again changes nothing', async () => {
    const product = await world.product();
    const { orderId, licenses } = await world.order([{ product, quantity: 3 }, { product: await world.product() }]);
    const [free, held, leaving, other] = licenses.map(present);
    const customer = await world.customer();
    await customer.sync({ activate: [present(held), present(leaving)] });
    ok(await world.vendor('POST', `/licenses/${present(leaving).id}/withdrawal`, { body: {} }), 202);
    const expiresAt = '2040-01-31T00:00:00Z';
    const data = { orderId, product, expiresAt, reason: 'invoice 4711' };
    const { id } = ok(await send('order.renewed', data), 202);
    const result = { orderId, renewed: [present(free).id], pending: [present(held).id], refused: [] };
    expect(await kept(id)).toMatchObject({ state: 'done', result });
    await customer.sync();
    expect(customer.container.content.licenses).toMatchObject([{ id: present(held).id, terms: { expiresAt } }]);
    expect((await world.license(present(leaving).id)).state).toBe('withdrawn');
    expect((await world.license(present(other).id)).terms).toEqual({});
    const events = await world.historyOf({ order: orderId });
    expect(events.filter(({ type }) => type === 'license.renewed').map(({ reason }) => reason)).toEqual([
      'invoice 4711',
      'invoice 4711',
    ]);
    const again = ok(await send('order.renewed', data), 202);
    expect(await kept(again.id)).toMatchObject({ state: 'done', result: { pending: [] } });
    expect(await world.historyOf({ order: orderId })).toHaveLength(events.length);
  });

  it('N1 order.renewed waits for its order, and renews it when it is delivered', async () => {
    const orderId = fresh('renewed');
    const expiresAt = '2040-01-31T00:00:00Z';
    const { id } = ok(await send('order.renewed', { orderId, expiresAt }), 202);
    expect(await kept(id)).toMatchObject({ state: 'waiting' });
    const { licenses } = await world.order([{ product: await world.product() }], orderId);
    expect(await kept(id)).toMatchObject({ state: 'done', result: { renewed: [present(licenses[0]).id] } });
    expect((await world.license(present(licenses[0]).id)).terms).toEqual({ expiresAt });
  });

  it('N1 license.renew renews one license, and one without a term fails', async () => {
    const [license] = await world.sell(await world.product());
    const data = { license: present(license).id, maintenanceUntil: '2040-01-31T00:00:00Z' };
    const { id } = ok(await send('license.renew', data), 202);
    expect(await kept(id)).toMatchObject({
      state: 'done',
      result: { status: 'renewed', license: present(license).id },
    });
    const bare = ok(await send('license.renew', { license: present(license).id, reason: 'paid' }), 202);
    expect(await kept(bare.id)).toMatchObject({ state: 'failed', problem: { code: 'invalid-request' } });
  });

  it('webhooks are listed oldest first, and newest first when asked', async () => {
    const sent: string[] = [];
    for (const license of ['NOBODY-1', 'NOBODY-2']) sent.push(ok(await send('license.withdraw', { license }), 202).id);
    const inOrder = async (order: string, limit: number): Promise<string[]> =>
      (await readAll<{ id: string }>(world.vendor, '/webhooks', limit, { state: 'failed', order })).map(({ id }) => id);
    const oldest = await inOrder('oldest', 1000);
    expect(oldest.slice(-2)).toEqual(sent);
    expect(await inOrder('newest', 1)).toEqual(oldest.toReversed());
  });

  it('a cancellation reports what a dependency refuses, and a replay withdraws it once the dependency is gone', async () => {
    const base = await world.product();
    const sold = await world.order([{ product: base }]);
    const [addOn] = await world.sell(await world.product([base]));
    const customer = await world.customer();
    await customer.sync({ activate: [present(sold.licenses[0]), present(addOn)] });
    const { id } = ok(await send('order.cancelled', { orderId: sold.orderId }), 202);
    expect(await kept(id)).toMatchObject({ state: 'failed', problem: { code: 'dependency-violation' } });
    const failed = ok(await world.vendor<{ items: KeptWebhook[] }>('GET', '/webhooks?state=failed&limit=1000')).items;
    expect(failed.map((one) => one.id)).toContain(id);
    await customer.sync({ deactivate: [present(addOn).id] });
    const replayed = ok(await world.vendor<KeptWebhook>('POST', `/webhooks/${id}/replay`));
    expect(replayed).toMatchObject({ state: 'done', result: { pending: [present(sold.licenses[0]).id] } });
  });

  it('an order for an unknown product is stored until the product exists', async () => {
    const id = newId();
    const product = `late-${id}`.replace('_', '-');
    await send('order.created', { orderId: `erp-${id}`, items: [{ product }] }, { id });
    expect(await kept(id)).toMatchObject({ state: 'failed', problem: { code: 'invalid-request' } });
    ok(await world.vendor('PUT', `/products/${product}`, { body: { name: product } }));
    expect(ok(await world.vendor<KeptWebhook>('POST', `/webhooks/${id}/replay`))).toMatchObject({ state: 'done' });
    ok(await world.vendor('GET', `/orders/erp-${id}`));
  });

  it.each([
    ['too large for one item', 320, { features: Array.from({ length: 12 }, (_, at) => `${at}`.padEnd(90, 'x')) }],
    ['of 2,000 products that nobody knows', 2_000, undefined],
  ])('an order that is %s is stored as failed, with a short reason', async (_, count, terms) => {
    const product = terms === undefined ? undefined : await world.product();
    const items = Array.from({ length: count }, (__, index) => ({
      product: product ?? `unknown-${index}`.padEnd(64, 'x'),
      ...(terms === undefined ? {} : { terms }),
    }));
    const id = newId();
    const orderId = fresh('order');
    expect(ok(await send('order.created', { orderId, items }, { id }), 202)).toEqual({ id, state: 'failed' });
    const { problem } = await kept(id);
    expect(problem).toMatchObject({ code: 'invalid-request' });
    expect(JSON.stringify(problem).length).toBeLessThan(10_000);
    expect(ok(await world.vendor<KeptWebhook>('POST', `/webhooks/${id}/replay`))).toMatchObject({ state: 'failed' });
  });

  it('webhooks are listed in pages that an answer can hold, however large their bodies', {
    timeout: 60_000,
  }, async () => {
    const ids = Array.from({ length: 70 }, newId);
    for (const id of ids) await send('order.created', { note: id.padEnd(65_000, 'abc ') }, { id });
    const pages: KeptWebhook[][] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `?cursor=${cursor}`;
      const page = await world.vendor<{ items: KeptWebhook[]; cursor?: string }>('GET', `/webhooks${query}`);
      expect(JSON.stringify(page.text).length).toBeLessThan(4_100_000);
      pages.push(ok(page).items);
      cursor = page.body.cursor;
    } while (cursor !== undefined);
    expect(pages.length).toBeGreaterThan(1);
    const listed = pages.flat().map(({ id }) => id);
    expect(listed.filter((id) => ids.includes(id))).toEqual(ids);
  });

  it.each(['webhook', 'request'])(
    'a cancellation that arrives before its order by %s leaves nothing of it',
    async (way) => {
      const product = await world.product();
      const orderId = `early-${newId()}`;
      const { id } = ok(await send('order.cancelled', { orderId, reason: 'returned' }), 202);
      expect(await kept(id)).toMatchObject({ state: 'waiting' });
      expect(await daysKept(id)).toBe(400);
      const order = { orderId, items: [{ product }] };
      if (way === 'webhook') {
        expect(ok(await send('order.created', order), 202)).toMatchObject({ state: 'done' });
      } else {
        const created = await world.vendor<OrderBody>('POST', '/orders', { body: order });
        expect(ok(created, 201)).toMatchObject({ orderId, licenses: [], counts: { available: 0, withdrawn: 1 } });
        const again = ok(await world.vendor<OrderBody>('POST', '/orders', { body: order }), 200);
        expect(again).toEqual({ ...created.body, cancelledAt: expect.any(String) });
      }
      const { ticket, licenses } = ok(await world.vendor<OrderBody>('GET', `/orders/${orderId}`));
      expect(licenses).toEqual([]);
      expect(await world.ticket(ticket)).toEqual([]);
      const events = await world.historyOf({ order: orderId });
      expect(events.map((event) => event.type)).toEqual(['license.delivered', 'license.withdrawn']);
      expect(events[1]).toMatchObject({ by: { kind: 'webhook', id }, reason: 'returned' });
      expect(await kept(id)).toMatchObject({ state: 'done', result: { withdrawn: [events[0]?.license], refused: [] } });
      expect(await daysKept(id)).toBe(60);
    },
  );

  it('a partly refused cancellation does not run again when its order is sent again', async () => {
    const base = await world.product();
    const sold = await world.order([{ product: base }]);
    const [addOn] = await world.sell(await world.product([base]));
    const customer = await world.customer();
    await customer.sync({ activate: [present(sold.licenses[0]), present(addOn)] });
    const { id } = ok(await send('order.cancelled', { orderId: sold.orderId }), 202);
    // The state if the order arrives while the cancellation looks for it.
    const { dependencies } = world.running;
    await changeRefunds(dependencies, sold.orderId, (known) => ({ ...known, waiting: [id] }));
    await customer.sync({ deactivate: [present(addOn).id] });
    await world.order([{ product: base }], sold.orderId);
    expect(await kept(id)).toMatchObject({ state: 'failed' });
    expect(await world.autoUpdates(customer.serial)).toEqual([]);
  });

  it('a cancellation that arrives while its order is being delivered leaves nothing on the ticket', async () => {
    const product = await world.product();
    for (const _ of [1, 2, 3, 4]) {
      const orderId = `meanwhile-${newId()}`;
      const replies = await Promise.all([
        send('order.created', { orderId, items: [{ product }] }),
        send('order.cancelled', { orderId }),
      ]);
      for (const reply of replies) expect((await kept(ok(reply, 202).id)).state).not.toBe('failed');
      expect((await world.order([{ product }], orderId)).licenses).toEqual([]);
    }
  });

  it('webhooks withdraw and replace single licenses', async () => {
    const [one, other] = await world.sell(await world.product(), await world.product());
    const withdrawn = ok(await send('license.withdraw', { license: present(one).id, reason: 'oops' }), 202);
    expect(await kept(withdrawn.id)).toMatchObject({ state: 'done', result: { status: 'withdrawn' } });
    const replaced = ok(await send('license.replace', { license: present(other).id, terms: { quantity: 3 } }), 202);
    expect(await kept(replaced.id)).toMatchObject({ state: 'done', result: { status: 'replaced' } });
    expect(await world.license(present(other).id)).toMatchObject({ state: 'replaced' });
  });

  it.each([
    ['another secret', { with: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
    ['a changed byte', { tamper: (body: string) => body.replace('order', 'orden') }],
    ['a body that was serialized again', { tamper: (body: string) => body.replaceAll(',', ', ') }],
    ['a time 303 seconds ago', { shift: -303 }],
    ['a time 303 seconds ahead', { shift: 303 }],
  ])('a webhook with %s is refused and not stored', async (_, sending) => {
    const id = newId();
    expectProblem(await send('order.cancelled', { orderId: 'x' }, { ...sending, id }), 'unauthorized');
    expect((await world.vendor('GET', `/webhooks/${id}`)).status).toBe(404);
  });

  it('a webhook is accepted until it is 300 seconds old', async () => {
    expect((await send('license.withdraw', { license: 'nobody' }, { shift: -280 })).status).toBe(202);
  });

  it('a webhook without any signature is refused', async () => {
    expectProblem(await world.user('POST', '/webhooks/erp', { raw: '{}' }), 'unauthorized');
  });

  it.each([
    [
      'an unknown type',
      'order.exploded',
      {},
      'type: must be one of order.created, order.changed, order.cancelled, order.renewed, license.renew, license.withdraw, license.replace',
    ],
    [
      'a body of another shape',
      'order.created',
      { orderId: 5, sku: 'x' },
      'data.orderId: must be a string; data.items: is missing; data.sku: there is no such field',
    ],
  ])('a webhook with %s is stored as failed, with the reason', async (_, type, data, detail) => {
    const { id } = ok(await send(type, data), 202);
    expect(await kept(id)).toMatchObject({ state: 'failed', problem: { code: 'invalid-request', detail } });
  });

  it('the old and the new secret verify during a rotation, and the old one no longer after it', async () => {
    const next = await newSecret(world);
    const third = await world.vendor('POST', '/webhook-secrets', { body: {} });
    expectProblem(third, 'invalid-request');
    const nobody = { license: 'nobody' };
    expect((await send('license.withdraw', nobody)).status).toBe(202);
    expect((await send('license.withdraw', nobody, { with: next.secret })).status).toBe(202);
    ok(await world.vendor('DELETE', `/webhook-secrets/${secret.id}`));
    expectProblem(await send('license.withdraw', nobody), 'unauthorized');
    expect((await send('license.withdraw', nobody, { with: next.secret })).status).toBe(202);
    const { items } = ok(await world.vendor<{ items: object[] }>('GET', '/webhook-secrets'));
    expect(items).toEqual([{ id: next.id, createdAt: expect.any(String) }]);
    secret = next;
  });
});
