/** The cost of large cancelled orders, counted and not timed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody, LicenseBody, OrderBody } from '../../harness/answers.ts';
import { type CapacityMeter, meterCapacity } from '../../harness/capacity-meter.ts';
import { type KeptWebhook, keptWebhook, newSecret, sendErp } from '../../harness/erp.ts';
import { CIRCLE, faultsOfLives, idsOf, MOST_IN_REQUEST } from '../../harness/large.ts';
import { byTier } from '../../harness/tier.ts';
import { type Customer, fresh, ok, openWorld, type World } from '../../harness/world.ts';

/** Licenses that one transaction withdraws, and licenses that one transaction earmarks with their entries and the head. */
const AT_ONCE = 98;
const IN_CONTAINER = 49;
/** Storing the webhook, and storing its outcome. */
const OF_WEBHOOK = 2;
/** Licenses of an order in one container: more than one transaction earmarks. */
const COLLECTED = byTier({ quick: 60, deep: 300 });
/** Licenses of an order that is delivered twice: in a container, and on the ticket. */
const HELD = byTier({ quick: 60, deep: 150 });
const FREE = byTier({ quick: 40, deep: 100 });

let world: World;
let meter: CapacityMeter;
let product: string;
let secret: string;
beforeAll(async () => {
  world = await openWorld();
  meter = meterCapacity(world.running.dependencies.documents);
  product = await world.product();
  ({ secret } = await newSecret(world));
});
afterAll(() => world.close());

const sell = (quantity: number): Promise<OrderBody> => world.order([{ product, quantity }]);
const collect = async (licenses: readonly LicenseBody[]): Promise<Customer> => {
  const customer = await world.customer();
  for (let start = 0; start < licenses.length; start += MOST_IN_REQUEST) {
    await customer.sync({ activate: licenses.slice(start, start + MOST_IN_REQUEST) });
  }
  return customer;
};
const cancel = async (orderId: string, id = fresh('msg')): Promise<KeptWebhook> => {
  const { state } = ok(await sendErp(world, 'order.cancelled', { orderId }, { id, secret }), 202);
  const kept = await keptWebhook(world, id);
  expect(kept.state).toBe(state);
  return kept;
};
const lives = async (orderId: string, licenses: readonly LicenseBody[], ...types: readonly string[]) =>
  faultsOfLives(await world.historyOf({ order: orderId }), licenses, ['license.delivered', ...types]);

/** How often each type of event occurs. */
const typesOf = (events: readonly EventBody[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(events, ({ type }) => type)].map(([type, its]) => [type, its.length]));

describe('the cancellation of a large order', () => {
  it('the cancellation of 300 available licenses takes as few transactions as hold them, and under 3 write units for each', async () => {
    const { orderId, licenses } = await sell(300);
    meter.reset();
    const { state, result } = await cancel(orderId);
    expect(meter.consumed.calls['TransactWriteCommand']).toBe(OF_WEBHOOK + Math.ceil(300 / AT_ONCE));
    expect(meter.consumed.writeUnits).toBeLessThan(3 * 300);
    expect({ state, ...result }).toEqual({
      state: 'done',
      orderId,
      withdrawn: idsOf(licenses),
      pending: [],
      refused: [],
    });
    expect(await lives(orderId, licenses, 'license.withdrawn')).toEqual([]);
  });

  it(`the cancellation of ${COLLECTED} licenses in one container reads it once and takes as few transactions as hold them`, async () => {
    const { orderId, licenses } = await sell(COLLECTED);
    const customer = await collect(licenses);
    meter.reset();
    const { state, result } = await cancel(orderId);
    const { calls, writeUnits } = meter.consumed;
    expect(calls['TransactWriteCommand']).toBe(OF_WEBHOOK + Math.ceil(COLLECTED / IN_CONTAINER));
    // The ticket and the container once, not for each license, and reads of background tasks, whose number depends on the time.
    expect(calls['QueryCommand']).toBeLessThan(COLLECTED / 4);
    expect(writeUnits).toBeLessThan(5 * COLLECTED);
    expect({ state, ...result }).toEqual({
      state: 'done',
      orderId,
      withdrawn: [],
      pending: idsOf(licenses),
      refused: [],
    });
    await customer.sync();
    expect(customer.container.content.licenses).toEqual([]);
    const life = [...CIRCLE.slice(0, 2), 'withdrawal.ordered', 'license.returned', 'license.withdrawn'];
    expect(await lives(orderId, licenses, ...life)).toEqual([]);
  });

  it('a cancellation sent twice at once, and once more, emits one event per license', async () => {
    const { orderId, licenses } = await sell(HELD + FREE);
    await collect(licenses.slice(0, HELD));
    const id = fresh('msg');
    const [one, other] = await Promise.all([cancel(orderId, id), cancel(orderId, id)]);
    expect([one.state, other.state]).toEqual(['done', 'done']);
    meter.reset();
    expect((await cancel(orderId, id)).state).toBe('done');
    // The attempt to store the webhook, which finds it stored.
    expect(meter.consumed.calls['TransactWriteCommand']).toBe(1);
    const response = Map.groupBy(await world.historyOf({ order: orderId }), ({ license }) => license);
    const of = (some: readonly LicenseBody[]) => idsOf(some).flatMap((one) => response.get(one) ?? []);
    const [held, free] = [licenses.slice(0, HELD), licenses.slice(HELD)];
    const life = ['license.delivered', ...CIRCLE.slice(0, 2), 'withdrawal.ordered'];
    expect(typesOf(of(held))).toEqual(Object.fromEntries(life.map((type) => [type, held.length])));
    expect(typesOf(of(free))).toEqual({ 'license.delivered': free.length, 'license.withdrawn': free.length });
  });
});
