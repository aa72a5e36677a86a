import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LicenseBody, OrderBody, ReprogrammingBody } from '../harness/answers.ts';
import { problemOf } from '../harness/expect-problem.ts';
import { RIVALS, raceForSeats, rivalsFor, SEATS } from '../harness/races.ts';
import { byTier } from '../harness/tier.ts';
import { type Customer, fresh, ok, openWorld, present, type World } from '../harness/world.ts';

const ROUNDS = byTier({ quick: 3, deep: 50 });
/** Rounds of each race between a few requests. */
const SMALL_ROUNDS = byTier({ quick: 1, deep: 8 });

let world: World;
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const sell = async (quantity: number): Promise<readonly LicenseBody[]> =>
  (await world.order([{ product, quantity }])).licenses;

/** Asserts that no lock is left, that the container can be reprogrammed, and that it holds what the vendor sees. */
async function expectConsistent(customer: Customer): Promise<void> {
  await customer.sync();
  const { counter, digest, target, licenses, outstanding, pending } = await world.containerOf(customer.serial);
  expect({ counter, digest }).toEqual(target);
  expect({ outstanding, pending }).toEqual({ outstanding: [], pending: [] });
  expect(customer.container.content.counter).toBe(counter);
  expect(customer.container.content.licenses.map(({ id }) => id)).toEqual([...licenses].sort());
}

it(`T6: ${RIVALS} containers race for ${SEATS} licenses, ${ROUNDS} times: exactly ${SEATS} get one each time`, async () => {
  const rivals = await rivalsFor(world);
  for (let round = 0; round < ROUNDS; round++) {
    expect(await raceForSeats(world, product, rivals), `round ${round}`).toEqual([]);
  }
}, 300_000);

describe('T5: one container that asks twice at once', () => {
  it('two concurrent contexts for two licenses get both, in a chain without a gap', async () => {
    for (let round = 0; round < SMALL_ROUNDS; round++) {
      const [one, two] = await sell(2);
      const customer = await world.customer();
      await Promise.all([
        customer.reprogram({ activate: [present(one)] }),
        customer.reprogram({ activate: [present(two)] }),
      ]);
      const { updates } = await customer.reprogram();
      expect(updates).toHaveLength(2);
      await customer.apply(updates);
      ok(await customer.receipt(), 200);
      expect(customer.container.content.licenses.map(({ id }) => id)).toEqual(
        [present(one).id, present(two).id].sort(),
      );
      await expectConsistent(customer);
    }
  });

  it('three concurrent contexts for the same license get it once', async () => {
    for (let round = 0; round < SMALL_ROUNDS; round++) {
      const [license] = await sell(1);
      const customer = await world.customer();
      const answers = await Promise.all([1, 2, 3].map(() => customer.reprogram({ activate: [present(license)] })));
      expect(new Set(answers.map(({ updates }) => JSON.stringify(updates))).size).toBe(1);
      expect((await world.containerOf(customer.serial)).target.counter).toBe(1);
      await customer.apply(present(answers[0]).updates);
      await expectConsistent(customer);
    }
  });

  it('the same request sent five times at once starts one reprogramming', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    const body = await customer.container.request({
      activate: [{ ticket: present(license).ticket, license: present(license).id }],
    });
    const ask = () =>
      world.user<ReprogrammingBody>('POST', '/depot/reprogrammings', { body, headers: { prefer: 'wait=10' } });
    const replies = await Promise.all(Array.from({ length: 5 }, ask));
    for (const reply of replies) expect(ok(reply, 200).updates).toEqual(replies[0]?.body.updates);
    expect((await world.containerOf(customer.serial)).outstanding).toHaveLength(1);
  });
});

describe('concurrent commands on one license', () => {
  const orders = (id: string): readonly (() => Promise<{ status: number }>)[] => [
    () => world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }),
    () => world.vendor('POST', `/licenses/${id}/replacement`, { body: { terms: { quantity: 2 } } }),
    () => world.vendor('DELETE', `/licenses/${id}/withdrawal`),
    () => world.vendor('DELETE', `/licenses/${id}/replacement`),
  ];

  it('an available license ends in one place after concurrent withdrawals, replacements, cancellations and activations', async () => {
    for (let round = 0; round < SMALL_ROUNDS; round++) {
      const [license] = await sell(1);
      const { id, ticket } = present(license);
      const customers = await Promise.all([world.customer(), world.customer()]);
      const replies = await Promise.all([
        ...orders(id).map((order) => order()),
        ...customers.map((customer) => customer.ask({ activate: [{ id, ticket }] })),
      ]);
      for (const { status } of replies) expect([200, 202, 404, 409]).toContain(status);
      for (const customer of customers) await expectConsistentOrUnknown(customer);
      const held = customers.flatMap(({ container }) => container.content.licenses.map((one) => one.id));
      const { state, successor } = await world.license(id);
      const shown = await world.ticket(ticket);
      // The license or its successor is in one container, on the ticket, or withdrawn.
      expect(held.length).toBeLessThanOrEqual(1);
      if (state === 'withdrawn') expect(held).toEqual([]);
      if (state === 'confirmed-collected') expect(held).toEqual([id]);
      if (state === 'replaced') expect(shown.map((one) => one.id)).toEqual([successor]);
      expect(['available', 'confirmed-collected', 'withdrawn', 'replaced']).toContain(state);
    }
  });

  it('a collected license is not lost after concurrent vendor actions, cancellations, a return and a receipt', async () => {
    for (let round = 0; round < SMALL_ROUNDS; round++) {
      const [license] = await sell(1);
      const { id } = present(license);
      const customer = await world.customer();
      await customer.sync({ activate: [present(license)] });
      const replies = await Promise.all([
        ...orders(id).map((order) => order()),
        customer.ask({ deactivate: [id] }),
        customer.receipt(),
      ]);
      for (const { status } of replies) expect([200, 202, 404, 409]).toContain(status);
      await expectConsistent(customer);
      const { state, successor } = await world.license(id);
      const held = customer.container.content.licenses.map((one) => one.id);
      if (state === 'confirmed-collected') expect(held).toEqual([id]);
      else if (state === 'replaced' && held.length > 0) expect(held).toEqual([successor]);
      else expect(held).toEqual([]);
      expect(['available', 'confirmed-collected', 'withdrawn', 'replaced']).toContain(state);
    }
  });

  it('three concurrent assignments of one license to three containers: one succeeds', async () => {
    for (let round = 0; round < SMALL_ROUNDS; round++) {
      const [license] = await sell(1);
      const customers = await Promise.all([world.customer(), world.customer(), world.customer()]);
      const replies = await Promise.all(
        customers.map(({ serial }) => world.vendor('PUT', `/containers/${serial}/assignments/${present(license).id}`)),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
      for (const reply of replies) if (reply.status === 409) problemOf(reply);
      const winner = present(customers[replies.findIndex(({ status }) => status === 202)]);
      expect((await winner.sync()).executed.assign).toEqual([present(license).id]);
    }
  });
});

/** A container that got nothing may be unknown to the server. */
async function expectConsistentOrUnknown(customer: Customer): Promise<void> {
  await customer.sync();
  const known = await world.vendor('GET', `/containers/${customer.serial}`);
  if (known.status !== 404) await expectConsistent(customer);
}

describe('T5: the same order sent ten times at once', () => {
  it('an order sent ten times at once creates one ticket', async () => {
    for (const quantity of [1, 3, 120]) {
      const body = { orderId: fresh('order'), items: [{ product, quantity }] };
      const replies = await Promise.all(
        Array.from({ length: 10 }, () => world.vendor<OrderBody>('POST', '/orders', { body })),
      );
      for (const reply of replies) expect([200, 201], reply.text.slice(0, 300)).toContain(reply.status);
      expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(new Set(replies.map(({ body: { ticket } }) => ticket)).size).toBe(1);
      expect(replies[0]?.body.licenses).toHaveLength(quantity);
      const events = await world.historyOf({ order: body.orderId });
      expect(events.filter(({ type }) => type === 'license.delivered')).toHaveLength(quantity);
    }
  });

  it('concurrent orders with two bodies under one id create one of them and refuse the other', async () => {
    for (let round = 0; round < SMALL_ROUNDS; round++) {
      const orderId = fresh('order');
      const replies = await Promise.all(
        [1, 2, 1, 2].map((quantity) =>
          world.vendor<OrderBody>('POST', '/orders', { body: { orderId, items: [{ product, quantity }] } }),
        ),
      );
      const delivered = replies.filter(({ status }) => status < 300);
      const refused = replies.filter(({ status }) => status === 409);
      expect(delivered.length).toBeGreaterThan(0);
      expect(refused).toHaveLength(2);
      for (const reply of refused) expect(problemOf(reply).code).toBe('order-exists');
      expect(new Set(delivered.map(({ text }) => text)).size).toBe(1);
    }
  });
});

describe('thirty concurrent changes of one item', () => {
  const AT_ONCE = 30;
  /** Without pauses between their attempts, some of so many would run out of attempts. */
  const ORDERS = byTier({ quick: 20, deep: 60 });

  it.each([
    ['a product', () => ['PUT', `/products/${fresh('product')}`, { name: 'Product' }] as const],
    ['a mapping', () => ['PUT', `/sku-mappings/${fresh('sku')}`, { items: [{ product }] }] as const],
  ])('%s is changed by each of thirty concurrent requests', async (_, thing) => {
    const [method, path, body] = thing();
    const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => world.vendor(method, path, { body })));
    expect(replies.map(({ status }) => status).sort()).toEqual([...Array(AT_ONCE - 1).fill(200), 201]);
  });

  it('W3: concurrent withdrawals of all licenses of a container are all earmarked', async () => {
    const licenses = await sell(ORDERS);
    const customer = await world.customer();
    await customer.sync({ activate: licenses });
    const replies = await Promise.all(
      licenses.map(({ id }) => world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} })),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(ORDERS).fill(202));
    expect(await world.autoUpdates(customer.serial)).toHaveLength(ORDERS);
    await expectConsistent(customer);
    expect(customer.container.content.licenses).toEqual([]);
  });
});
