import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LicenseBody, OrderBody } from '../harness/answers.ts';
import { expectProblem } from '../harness/expect-problem.ts';
import { CIRCLE, faultsOfLives, idsOf, MOST_IN_REQUEST, MOST_ON_TICKET } from '../harness/large.ts';
import { byTier } from '../harness/tier.ts';
import { type Customer, fresh, ok, openWorld, present, type World } from '../harness/world.ts';

let world: World;
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const sell = async (quantity: number): Promise<readonly LicenseBody[]> =>
  (await world.order([{ product, quantity }])).licenses;
const heldBy = ({ container }: Customer) => idsOf(container.content.licenses);

describe('a reprogramming of many licenses', () => {
  it('a reprogramming of no license is unchanged', async () => {
    const customer = await world.customer();
    expect(await customer.reprogram({ activate: [], deactivate: [] })).toMatchObject({
      status: 'unchanged',
      updates: [],
    });
  });

  it.each(byTier({ quick: [100], deep: [1, 49, 50, 81, 98, 99, 100] }))(
    'a reprogramming of %i licenses collects or returns them all, and the history has each once',
    async (count) => {
      const licenses = await sell(count);
      const customer = await world.customer();
      const there = await customer.sync({ activate: licenses });
      expect(there.updates).toHaveLength(1);
      expect(there.executed.activate).toEqual(idsOf(licenses));
      expect(heldBy(customer)).toEqual(idsOf(licenses).sort());
      const ticket = present(licenses[0]).ticket;
      expect((await world.ticket(ticket)).filter(({ state }) => state === 'confirmed-collected')).toHaveLength(count);
      const back = await customer.sync({ deactivate: idsOf(licenses) });
      expect(back.updates).toHaveLength(1);
      expect(heldBy(customer)).toEqual([]);
      expect((await world.ticket(ticket)).filter(({ state }) => state === 'available')).toHaveLength(count);
      expect(faultsOfLives(await world.historyOf({ container: customer.serial }), licenses, CIRCLE)).toEqual([]);
      const order = await world.historyOf({ order: present(present(licenses[0]).orderId) });
      expect(faultsOfLives(order, licenses, ['license.delivered', ...CIRCLE])).toEqual([]);
    },
  );

  it('a reprogramming of a hundred licenses, one of which is in another container, collects none of them', async () => {
    const licenses = await sell(100);
    const rival = await world.customer();
    await rival.sync({ activate: licenses.slice(70, 71) });
    const customer = await world.customer();
    const problem = expectProblem(await customer.ask({ activate: licenses }), 'manual-conflict');
    expect(problem.conflicts).toEqual([
      { action: 'activate', license: present(licenses[70]).id, reason: 'not-available' },
    ]);
    expect((await world.ticket(present(licenses[0]).ticket)).filter(({ state }) => state === 'available')).toHaveLength(
      99,
    );
  });
});

describe('an order over the limit', () => {
  it('an order with one license more than a ticket holds is refused and stores nothing', async () => {
    const orderId = fresh('order');
    for (const items of [
      [{ product, quantity: MOST_ON_TICKET + 1 }],
      [{ product, quantity: MOST_ON_TICKET }, { product }],
      Array.from({ length: MOST_ON_TICKET + 1 }, () => ({ product })),
    ]) {
      expectProblem(await world.vendor('POST', '/orders', { body: { orderId, items } }), 'invalid-request');
    }
    expectProblem(await world.vendor('GET', `/orders/${orderId}`), 'not-found');
  });
});

it('a request with more manual actions than the limit is refused, naming the member', async () => {
  const customer = await world.customer();
  const many = Array.from({ length: MOST_IN_REQUEST + 1 }, (_, index) => `L${index}`);
  const deactivated = expectProblem(await customer.ask({ deactivate: many }), 'invalid-request');
  expect(deactivated.errors).toMatchObject([{ path: 'deactivate' }]);
  const ticket = '00000-00000-00000-00000-00000';
  const activated = expectProblem(
    await customer.ask({ activate: many.map((id) => ({ id, ticket })) }),
    'invalid-request',
  );
  expect(activated.errors).toMatchObject([{ path: 'activate' }]);
});

describe('a large order', () => {
  const terms = (index: number) => ({
    features: Array.from({ length: 12 }, (_, at) => `${index}-${at}-`.padEnd(90, 'x')),
  });
  const itemsWith = (count: number) => Array.from({ length: count }, (_, index) => ({ product, terms: terms(index) }));
  const post = (body: object) => world.vendor<OrderBody>('POST', '/orders', { body });

  it('an order is accepted as long as its item fits into the table, and refused beyond that', async () => {
    const body = { orderId: fresh('order'), items: itemsWith(250) };
    const made = ok(await post(body), 201);
    expect(made.licenses).toHaveLength(250);
    expect(ok(await post(body), 200)).toMatchObject({ ticket: made.ticket });
    const larger = { orderId: fresh('order'), items: itemsWith(320) };
    const problem = expectProblem(await post(larger), 'invalid-request');
    expect(problem.errors).toMatchObject([{ path: 'items', message: expect.stringContaining('350000') }]);
    expectProblem(await world.vendor('GET', `/orders/${larger.orderId}`), 'not-found');
  });

  it('an order names its customer by at most twenty keys', async () => {
    const named = (count: number) => ({
      orderId: fresh('order'),
      customer: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`key${index}`, `${index}`.padEnd(256, 'c')]),
      ),
      items: [{ product }],
    });
    ok(await post(named(20)), 201);
    for (const count of [21, 1_700]) {
      expect(expectProblem(await post(named(count)), 'invalid-request').errors).toMatchObject([{ path: 'customer' }]);
    }
  });
});
