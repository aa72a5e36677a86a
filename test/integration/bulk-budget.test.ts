/** The cost of a bulk order, counted and not timed. The table reports the units. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAX_BULK_LICENSES } from '../../domain/limits.ts';
import { ORDER_LICENSES } from '../../functions/use-cases/bulk-orders/order-task.ts';
import { SELECT_LICENSES } from '../../functions/use-cases/bulk-orders/select-task.ts';
import { MAX_ROUNDS } from '../../functions/use-cases/bulk-orders/task-round.ts';
import { bulkOrders } from '../harness/bulk-orders.ts';
import { type CapacityMeter, meterCapacity } from '../harness/capacity-meter.ts';
import { openWorld, type World } from '../harness/world.ts';

/** Events in the history of a Standard execution: a task has five (entered, scheduled, started, succeeded, exited), a choice two. */
const EVENTS_OF_A_ROUND = 7;
const HISTORY_EVENTS = 25_000;

let world: World;
let meter: CapacityMeter;
let bulk: ReturnType<typeof bulkOrders>;
beforeAll(async () => {
  world = await openWorld();
  meter = meterCapacity(world.running.dependencies.documents);
  bulk = bulkOrders(world.vendor);
});
afterAll(() => world.close());

const roundsFor = (licenses: number) => ({
  select: Math.floor(licenses / SELECT_LICENSES) + 1,
  order: Math.max(1, Math.ceil(licenses / ORDER_LICENSES)),
});
const transitionsFor = (licenses: number): number => {
  const { select, order } = roundsFor(licenses);
  return 2 * (select + order) + 1;
};

async function count(licenses: number, more: object): Promise<{ transitions: number; writeUnits: number }> {
  const product = await world.product();
  for (let sold = 0; sold < licenses; sold += 150) {
    await world.order([{ product, quantity: Math.min(150, licenses - sold) }]);
  }
  meter.reset();
  const { id, progress } = await bulk.run({ action: 'withdraw', query: { product }, ...more });
  expect(progress).toMatchObject({ selected: licenses, withdrawn: licenses });
  return { transitions: world.statesOf(`${id}.0`).length, writeUnits: meter.consumed.writeUnits };
}

it('a bulk withdrawal of 250 licenses takes 7 transitions and 8 write units for each license: its order, its selection, its result', async () => {
  const none = await count(0, {});
  const many = await count(250, {});
  expect(none.transitions).toBe(transitionsFor(0));
  expect(many.transitions).toBe(transitionsFor(250));
  expect(many.transitions).toBe(7);
  // The bulk order's own item is written once per 99 selected licenses and once per 200 ordered ones.
  const ofItself = 2 * (Math.ceil(250 / 99) + Math.ceil(250 / 200)) - 2 * 2;
  expect(many.writeUnits - none.writeUnits).toBe(8 * 250 + ofItself);
});

it('a preview takes 4 write units for each license, and no more transitions', async () => {
  const none = await count(0, { preview: true });
  const many = await count(250, { preview: true });
  expect(many.transitions).toBe(transitionsFor(250));
  const ofItself = 2 * (Math.ceil(250 / 99) + Math.ceil(250 / 200)) - 2 * 2;
  expect(many.writeUnits - none.writeUnits).toBe(4 * 250 + ofItself);
});

it('the largest bulk order takes 1,205 transitions and less than a fifth of the events that one execution may have', () => {
  const { select, order } = roundsFor(MAX_BULK_LICENSES);
  expect(transitionsFor(MAX_BULK_LICENSES)).toBe(1_205);
  expect((select + order) * EVENTS_OF_A_ROUND).toBeLessThan(HISTORY_EVENTS / 5);
  // An execution with many retries starts the next one before its history is full.
  expect(select + order).toBeLessThan(MAX_ROUNDS);
  expect(MAX_ROUNDS * EVENTS_OF_A_ROUND).toBeLessThan(HISTORY_EVENTS / 2);
});
