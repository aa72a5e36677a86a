/** Many licenses at once: around every limit of a chunk, and at the limits of a request and of a ticket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody, LicenseBody, OrderBody } from '../harness/answers.ts';
import { expectProblem } from '../harness/expect-problem.ts';
import { type Customer, fresh, ok, openWorld, present, readAll, type World } from '../harness/world.ts';

const MOST_ON_TICKET = 2_000;
const MOST_IN_REQUEST = 1_000;

/** What becomes of a license that is activated and returned. */
const CIRCLE = ['license.collected', 'license.collection-confirmed', 'license.returned', 'license.return-confirmed'];

let world: World;
let product: string;
beforeAll(async () => {
  world = await openWorld();
  product = await world.product();
});
afterAll(() => world.close());

const sell = async (quantity: number): Promise<readonly LicenseBody[]> =>
  (await world.order([{ product, quantity }])).licenses;
const idsOf = (licenses: readonly { readonly id: string }[]) => licenses.map(({ id }) => id);
const heldBy = ({ container }: Customer) => idsOf(container.content.licenses);

/** What the history tells of each license, in its order. */
function lives(events: readonly EventBody[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { license, type } of events) {
    if (license === undefined) continue;
    const life = found.get(license);
    if (life === undefined) found.set(license, [type]);
    else life.push(type);
  }
  return found;
}

/** That the history tells of exactly these licenses, of each the same, and nothing twice. */
function expectLives(
  events: readonly EventBody[],
  licenses: readonly { readonly id: string }[],
  life: readonly string[],
): void {
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort());
  const told = lives(events);
  expect([...told.keys()].sort()).toEqual(idsOf(licenses).sort());
  for (const [license, types] of told) expect(types, license).toEqual(life);
}

describe('one reprogramming', () => {
  it('of no license at all is unchanged', async () => {
    const customer = await world.customer();
    expect(await customer.reprogram({ activate: [], deactivate: [] })).toMatchObject({
      status: 'unchanged',
      updates: [],
    });
  });

  it.each([1, 49, 50, 80, 81, 97, 98, 99, 100])(
    'of %i licenses collects and returns them all, with their history',
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
      const circle = [
        'license.collected',
        'license.collection-confirmed',
        'license.returned',
        'license.return-confirmed',
      ];
      expectLives(await world.historyOf({ container: customer.serial }), licenses, circle);
      const order = await world.historyOf({ order: present(present(licenses[0]).orderId) });
      expectLives(order, licenses, ['license.delivered', ...CIRCLE]);
    },
  );

  it(`of ${MOST_IN_REQUEST} licenses, out of an order of ${MOST_ON_TICKET}, is one update each way, with a history that is complete`, async () => {
    const body = { orderId: fresh('order'), items: [{ product, quantity: MOST_ON_TICKET }] };
    const ordered = await world.vendor<OrderBody>('POST', '/orders', { body });
    const { orderId, ticket, licenses } = ok(ordered, 201);
    const again = await world.vendor('POST', '/orders', { body });
    expect([again.status, again.text]).toEqual([200, ordered.text]);
    expect(licenses).toHaveLength(MOST_ON_TICKET);
    expect(new Set(idsOf(licenses)).size).toBe(MOST_ON_TICKET);
    const [first, rest] = [licenses.slice(0, MOST_IN_REQUEST), licenses.slice(MOST_IN_REQUEST)];
    const customer = await world.customer();
    const there = await customer.sync({ activate: first });
    expect(there.updates).toHaveLength(1);
    expect(there.updates[0]?.operations).toHaveLength(MOST_IN_REQUEST);
    expect(there.updates[0]?.jws.length).toBeLessThan(4_096);
    expect(heldBy(customer)).toEqual(idsOf(first).sort());
    const shown = await world.ticket(ticket);
    expect(shown.slice(0, MOST_IN_REQUEST).every(({ state }) => state === 'confirmed-collected')).toBe(true);
    expect(shown.slice(MOST_IN_REQUEST).every(({ state }) => state === 'available')).toBe(true);
    await customer.sync({ deactivate: idsOf(first) });
    expect(heldBy(customer)).toEqual([]);
    expect((await world.ticket(ticket)).every(({ state }) => state === 'available')).toBe(true);

    const events = await readAll<EventBody>(world.vendor, `/orders/${orderId}/history`, 1_000);
    const told = (some: readonly LicenseBody[]) => {
      const ids = new Set(idsOf(some));
      return events.filter(({ license }) => license !== undefined && ids.has(license));
    };
    expectLives(told(first), first, ['license.delivered', ...CIRCLE]);
    expectLives(told(rest), rest, ['license.delivered']);
    // A page may end anywhere: nothing is told twice, and nothing is left out.
    const pages = await readAll<EventBody>(world.vendor, `/containers/${customer.serial}/history`, 777);
    expectLives(pages, first, CIRCLE);
    expect(pages.filter(({ type }) => type === 'update.issued')).toHaveLength(2);
  }, 180_000);

  it('of a hundred licenses, one of which another container has meanwhile taken, collects none of them', async () => {
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

describe('an order', () => {
  it('of one more is refused, and nothing of it is there', async () => {
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

it('a request with more manual actions than the limit is refused with a clear word', async () => {
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
