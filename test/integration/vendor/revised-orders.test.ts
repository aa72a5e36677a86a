/** O1: a revised order, from the request to the last receipt. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody, OrderBody } from '../../harness/answers.ts';
import { meterCapacity } from '../../harness/capacity-meter.ts';
import { keptWebhook, newSecret, sendErp } from '../../harness/erp.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { fresh, type Item, ok, openWorld, present, type World } from '../../harness/world.ts';

interface RevisedBody {
  readonly orderId: string;
  readonly ticket: string;
  readonly revision: number;
  readonly units: readonly {
    readonly index: number;
    readonly outcome: string;
    readonly pending?: true;
    readonly license: string;
    readonly successor?: string;
  }[];
}

let world: World;
let cad: string;
let render: string;
let pro: string;
beforeAll(async () => {
  world = await openWorld();
  cad = await world.product();
  render = await world.product([cad]);
  pro = fresh('pro');
  ok(await world.vendor('PUT', `/products/${pro}`, { body: { name: 'Pro', upgradeOf: cad } }), 201);
});
afterAll(() => world.close());

const get = (orderId: string) => world.vendor('GET', `/orders/${orderId}`);
const revise = (orderId: string, revision: number, items: readonly Item[], more: object = {}) =>
  world.vendor('PUT', `/orders/${orderId}`, {
    body: { items, ...more },
    headers: { 'if-match': `"${revision}"` },
  });
const revised = async (orderId: string, revision: number, items: readonly Item[], more: object = {}) =>
  ok(await revise(orderId, revision, items, more), 200) as unknown as RevisedBody;
const outcomes = ({ units }: RevisedBody): string[] =>
  units.map(({ index, outcome, pending }) => `${index} ${outcome}${pending === true ? ' pending' : ''}`);
const shown = async (orderId: string): Promise<string[]> => {
  const { licenses } = ok(await get(orderId), 200) as unknown as OrderBody;
  return licenses.map(({ product, state }) => `${product} ${state}`);
};
const eventsOf = async (orderId: string, ...types: readonly string[]): Promise<EventBody[]> =>
  (await world.historyOf({ order: orderId })).filter(({ type }) => types.includes(type));

describe('a revised order', () => {
  it('O1 N2: a license that was sold for a length of time from the delivery is kept, and an added one ends at the same time', async () => {
    const item = { product: cad, terms: { duration: { length: 'P1Y', from: 'delivery' } } };
    const { orderId, licenses } = await world.order([item]);
    const { expiresAt } = present(licenses[0]).terms;
    expect(expiresAt).toBeDefined();
    const body = await revised(orderId, 1, [item, item]);
    expect(outcomes(body)).toEqual(['0 kept', '1 added']);
    expect((await world.license(present(body.units[1]).license)).terms).toEqual({ expiresAt });
  });

  it('O1 N1: a license that the vendor renewed is kept by a revision that names its renewed terms, and by one that names those of the order', async () => {
    const renewed = { expiresAt: '2098-01-01T00:00:00Z' };
    for (const terms of [renewed, { expiresAt: '2097-01-01T00:00:00Z' }]) {
      const sold = { product: cad, terms: { expiresAt: '2097-01-01T00:00:00Z' } };
      const { orderId, licenses } = await world.order([sold]);
      const [license] = licenses;
      await (await world.customer()).sync({ activate: [present(license)] });
      ok(await world.vendor('POST', `/licenses/${present(license).id}/renewal`, { body: renewed }), 202);
      expect(outcomes(await revised(orderId, 1, [{ product: cad, terms }]))).toEqual(['0 kept']);
      expect((await world.license(present(license).id)).pending).toMatchObject({ action: 'renew' });
    }
  });

  it('O1: units are kept, replaced, withdrawn and added at once while they are on the ticket', async () => {
    const { orderId, ticket, licenses } = await world.order([{ product: cad, quantity: 2 }, { product: render }]);
    const [first, second, third] = licenses.map(({ id }) => id);
    const body = await revised(orderId, 1, [
      { product: cad },
      { product: cad, terms: { quantity: 5 } },
      { product: pro },
      { product: pro },
    ]);
    expect(body).toMatchObject({ orderId, ticket, revision: 2 });
    expect(body.units.map(({ index, outcome, license }) => [index, outcome, license])).toEqual([
      [0, 'kept', first],
      [1, 'replaced', second],
      [2, 'replaced', third],
      [3, 'added', expect.any(String)],
    ]);
    expect((await shown(orderId)).sort()).toEqual(
      [`${cad} available`, `${cad} available`, `${pro} available`, `${pro} available`].sort(),
    );
    expect(await world.license(present(second))).toMatchObject({
      state: 'replaced',
      successor: body.units[1]?.successor,
    });
    expect((await eventsOf(orderId, 'order.revised', 'order.settled')).map(({ type }) => type)).toEqual([
      'order.revised',
      'order.settled',
    ]);
    const [event] = await eventsOf(orderId, 'order.revised');
    expect(event).toMatchObject({
      revision: 2,
      before: {
        items: [
          { product: cad, quantity: 2 },
          { product: render, quantity: 1 },
        ],
      },
      after: {
        items: [{ product: cad }, { product: cad, terms: { quantity: 5 } }, { product: pro }, { product: pro }],
      },
    });
  });

  it('O1: what a container holds is pending, the next revision undoes it, and the last receipt settles the order', async () => {
    const { orderId, licenses } = await world.order([{ product: cad }, { product: render }]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    const [base, addOn] = licenses.map(({ id }) => id);
    const second = await revised(orderId, 1, [{ product: cad }]);
    expect(outcomes(second)).toEqual(['0 kept', '1 withdrawn pending']);
    expect(await world.license(present(addOn))).toMatchObject({ pending: { action: 'withdraw' } });
    expect(await eventsOf(orderId, 'order.settled')).toEqual([]);
    const third = await revised(orderId, 2, [{ product: cad, terms: { quantity: 3 } }, { product: render }]);
    expect(outcomes(third)).toEqual(['0 replaced pending', '1 kept']);
    expect(await world.license(present(addOn))).not.toHaveProperty('pending');
    expect(await world.license(present(base))).toMatchObject({
      pending: { action: 'replace', replacement: third.units[0]?.successor },
    });
    expect(await eventsOf(orderId, 'order.settled')).toEqual([]);
    await customer.sync();
    expect((await eventsOf(orderId, 'order.settled')).map(({ revision }) => revision)).toEqual([3]);
    expect(await shown(orderId)).toEqual([`${cad} confirmed-collected`, `${render} confirmed-collected`]);
    const last = await revised(orderId, 3, [{ product: cad, terms: { quantity: 3 } }, { product: render }]);
    expect(outcomes(last)).toEqual(['0 kept', '1 kept']);
  });

  it('O1: a plan that is under way is not undone, and the new unit is on offer', async () => {
    const { orderId, licenses } = await world.order([{ product: cad }]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    await revised(orderId, 1, []);
    const update = await customer.reprogram();
    expect(update.executed.withdraw).toHaveLength(1);
    expect(outcomes(await revised(orderId, 2, [{ product: cad }]))).toEqual(['0 added']);
    expect(await eventsOf(orderId, 'order.settled')).toEqual([]);
    await customer.apply(update.updates);
    ok(await customer.receipt(), 200);
    expect((await eventsOf(orderId, 'order.settled')).map(({ revision }) => revision)).toEqual([3]);
    expect(await shown(orderId)).toEqual([`${cad} available`]);
  });

  it('Q7: a revision that breaks a container is refused as a whole, with a reason for each unit', async () => {
    const { orderId, licenses } = await world.order([{ product: cad }, { product: render }, { product: cad }]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses.slice(0, 2) });
    const before = ok(await get(orderId), 200);
    const { dependents, units } = expectProblem(
      await revise(orderId, 1, [{ product: render }, { product: render }]),
      'dependency-violation',
    );
    expect(dependents).toEqual([licenses[1]?.id]);
    expect(units).toMatchObject([
      { outcome: 'withdrawn', license: licenses[0]?.id, reason: 'dependency-violation', dependents: [licenses[1]?.id] },
    ]);
    expect(ok(await get(orderId), 200)).toEqual(before);
    // Both together are one set.
    expect(outcomes(await revised(orderId, 1, []))).toHaveLength(3);
  });

  it('a missing If-Match is 428, a stale one is 412, and GET shows the tag', async () => {
    const { orderId } = await world.order([{ product: cad }]);
    const read = await get(orderId);
    expect(read.headers.get('etag')).toBe('"1"');
    expect(ok(read, 200)).toMatchObject({ revision: 1 });
    expectProblem(
      await world.vendor('PUT', `/orders/${orderId}`, { body: { items: [{ product: cad }] } }),
      'precondition-required',
    );
    const done = await revise(orderId, 1, [{ product: cad }]);
    expect(done.headers.get('etag')).toBe('"2"');
    const stale = await revise(orderId, 1, [{ product: cad }]);
    expectProblem(stale, 'precondition-failed');
    expect(stale.headers.get('etag')).toBe('"2"');
    expectProblem(await revise(fresh('unknown'), 1, [{ product: cad }]), 'not-found');
  });

  it('a preview answers what the revision does, and writes nothing', async () => {
    const { orderId, licenses } = await world.order([{ product: cad }]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    const before = [ok(await get(orderId), 200), await world.historyOf({ order: orderId })];
    const items = [{ product: cad, terms: { quantity: 2 } }, { product: render }];
    const preview = await revised(orderId, 1, items, { preview: true });
    expect([ok(await get(orderId), 200), await world.historyOf({ order: orderId })]).toEqual(before);
    expect(await revised(orderId, 1, items)).toEqual(preview);
  });

  it('the first body sent again returns the order as it is now, and another body is refused', async () => {
    const orderId = fresh('order');
    const body = { orderId, items: [{ product: cad }] };
    ok(await world.vendor('POST', '/orders', { body }), 201);
    await revised(orderId, 1, [{ product: pro }]);
    expect(ok(await world.vendor('POST', '/orders', { body }), 200)).toMatchObject({
      revision: 2,
      licenses: [{ product: pro }],
    });
    expectProblem(
      await world.vendor('POST', '/orders', { body: { orderId, items: [{ product: pro }] } }),
      'order-exists',
    );
  });

  it('two revisions of the same revision at the same time: one is done, and the other is stale', async () => {
    const { orderId } = await world.order([{ product: cad }]);
    const both = await Promise.all([
      revise(orderId, 1, [{ product: pro }]),
      revise(orderId, 1, [{ product: cad }, { product: cad }]),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('a revision of hundreds of units in several containers and on the ticket is done as a whole', async () => {
    const { orderId, licenses } = await world.order([
      { product: cad, quantity: 150 },
      { product: render, quantity: 60 },
    ]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses.slice(0, 60) });
    const other = await world.customer();
    await other.sync({ activate: [present(licenses[60]), ...licenses.slice(150, 180)] });
    // The add-ons in the second container need what the revision takes away.
    const refused = await revise(orderId, 1, [{ product: render, quantity: 60 }]);
    const { units: reasons } = expectProblem(refused, 'dependency-violation');
    expect(reasons).toMatchObject([{ license: licenses[60]?.id }]);
    expect(ok(await get(orderId), 200)).toMatchObject({ revision: 1, counts: { available: 119 } });
    const { units, revision } = await revised(orderId, 1, [
      { product: cad, terms: { quantity: 2 }, quantity: 100 },
      { product: cad, quantity: 20 },
      { product: pro, quantity: 90 },
    ]);
    expect(revision).toBe(2);
    const counted = (outcome: string, pending?: true): number =>
      units.filter((unit) => unit.outcome === outcome && unit.pending === pending).length;
    expect([counted('kept'), counted('replaced', true), counted('added'), counted('withdrawn', true)]).toEqual([
      20,
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
    const order = ok(await get(orderId), 200) as unknown as OrderBody;
    expect(order).toMatchObject({ revision: 2 });
    await customer.sync();
    expect(await eventsOf(orderId, 'order.settled')).toEqual([]);
    await other.sync();
    expect(await eventsOf(orderId, 'order.settled')).toHaveLength(1);
    const after = ok(await get(orderId), 200) as unknown as OrderBody;
    expect(after.licenses).toHaveLength(210);
    const byProduct = Map.groupBy(after.licenses, ({ product, terms }) => `${product} ${JSON.stringify(terms)}`);
    expect([...byProduct].map(([name, its]) => `${name} ${its.length}`).sort()).toEqual(
      [`${cad} {} 20`, `${cad} {"quantity":2} 100`, `${pro} {} 90`].sort(),
    );
    expect((await eventsOf(orderId, 'order.revised')).length).toBe(1);
  });
});

describe('the ledger of a revision', () => {
  it('a revision of two units, one of them in a container, costs two transactions, 10 calls and 30 write units at most', async () => {
    const meter = meterCapacity(world.running.dependencies.documents);
    const { orderId, licenses } = await world.order([{ product: cad }, { product: cad, terms: { quantity: 2 } }]);
    const customer = await world.customer();
    await customer.sync({ activate: licenses.slice(0, 1) });
    meter.reset();
    await revised(orderId, 1, [{ product: pro }, { product: cad, terms: { quantity: 3 } }]);
    const { calls, writeUnits } = meter.consumed;
    expect(calls['TransactWriteCommand']).toBe(2);
    expect(Object.values(calls).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(10);
    expect(writeUnits).toBeLessThanOrEqual(30);
  });
});

describe('an order changed by the ERP', () => {
  it('order.changed revises the newest revision, once per webhook, and a cancelled order is not revised', async () => {
    const { secret } = await newSecret(world);
    const orderId = fresh('order');
    const send = async (type: string, data: object, id = fresh('msg')) => {
      ok(await sendErp(world, type, data, { id, secret }), 202);
      return keptWebhook(world, id);
    };
    // It may arrive before the order.
    const early = fresh('msg');
    expect(await send('order.changed', { orderId, items: [{ product: cad, quantity: 2 }] }, early)).toMatchObject({
      state: 'waiting',
    });
    await send('order.created', { orderId, items: [{ product: cad }] });
    expect(await keptWebhook(world, early)).toMatchObject({ state: 'done', result: { orderId, revision: 2 } });
    expect(await shown(orderId)).toEqual([`${cad} available`, `${cad} available`]);
    const changed = await send('order.changed', { orderId, customer: 'A\nB', items: [{ product: pro }] });
    expect(changed).toMatchObject({ state: 'done', result: { revision: 3 } });
    expect(ok(await get(orderId), 200)).toMatchObject({ customer: 'A B', revision: 3 });
    await send('order.changed', { orderId, customer: 'Other Ltd', items: [{ product: pro }] });
    const found = async (customerName: string) =>
      (ok(await world.vendor('GET', `/orders?customerName=${customerName}`), 200) as unknown as { items: object[] })
        .items;
    expect(await found('A%20B')).toEqual([]);
    expect(await found('Other%20Ltd')).toMatchObject([{ orderId }]);
    await send('order.cancelled', { orderId });
    expect(ok(await get(orderId), 200)).toMatchObject({ licenses: [], cancelledAt: expect.any(String) });
    expect(await send('order.changed', { orderId, items: [{ product: cad }] })).toMatchObject({
      state: 'failed',
      problem: { code: 'order-cancelled' },
    });
    expectProblem(await revise(orderId, 4, [{ product: cad }]), 'order-cancelled');
  });
});
