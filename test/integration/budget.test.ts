/** The cost of a reprogramming, counted and not timed (design, section 6). The table reports the units. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlannedWork, TASKS } from '../../contract/tasks.ts';
import { runTask } from '../../functions/use-cases/reprogramming/task-handler.ts';
import type { LicenseBody, ReprogrammingBody } from '../harness/answers.ts';
import { type CapacityMeter, meterCapacity } from '../harness/capacity-meter.ts';
import { shiftedClock } from '../harness/shifted-clock.ts';
import { byTier } from '../harness/tier.ts';
import { type Chosen, type Customer, ok, openWorld, present, type World } from '../harness/world.ts';

const FIRST_ACTIVATION_UNITS = 24;
const FURTHER_CHANGE_UNITS = 8;
const MOST_TRANSITIONS = 9;
const MOST_INVOCATIONS = 12;

const HOUR_MS = 3_600_000;

let world: World;
let meter: CapacityMeter;
let product: string;
let httpCalls = 0;
beforeAll(async () => {
  // A contact in another hour than the one before takes one unit more. From here, the whole test stays within one hour.
  const clock = shiftedClock();
  clock.advance(HOUR_MS - (clock.now() % HOUR_MS) + 60_000);
  world = await openWorld({ clock });
  product = await world.product();
  meter = meterCapacity(world.running.dependencies.documents);
});
afterAll(() => world.close());

const sell = async (quantity: number): Promise<readonly LicenseBody[]> =>
  (await world.order([{ product, quantity }])).licenses;

/** Runs from the context to the confirmed receipt, until the execution has ended. */
async function count(
  customer: Customer,
  chosen: Chosen = {},
): Promise<{ writeUnits: number; answer: ReprogrammingBody }> {
  // An earlier execution may end a moment after its request was answered.
  await world.running.workflow.settled();
  meter.reset();
  const answer = await customer.reprogram(chosen);
  await customer.apply(answer.updates);
  ok(await customer.receipt(), 200);
  httpCalls = 2;
  await world.running.workflow.settled();
  return { writeUnits: meter.consumed.writeUnits, answer };
}

describe('the cost of one activation, from the context to the confirmed receipt', () => {
  it('an activation takes 23 write units, 8 transitions and 10 invocations', async () => {
    const [license] = await sell(1);
    const { writeUnits, answer } = await count(await world.customer(), { activate: [present(license)] });
    const states = world.statesOf(answer.id);
    // Every entered state is a task, and every task one invocation: none was retried.
    expect(states.filter((state) => !TASKS.some((task) => task === state))).toEqual([]);
    expect(new Set(states).size).toBe(states.length);
    const counted = { writeUnits, transitions: states.length, invocations: states.length + httpCalls };
    expect(counted).toEqual({ writeUnits: 23, transitions: 8, invocations: 10 });
    expect(counted.writeUnits).toBeLessThanOrEqual(FIRST_ACTIVATION_UNITS);
    expect(counted.transitions).toBeLessThanOrEqual(MOST_TRANSITIONS);
    expect(counted.invocations).toBeLessThanOrEqual(MOST_INVOCATIONS);
  });

  it('an activation within an hour of the container’s last contact takes one unit less, even when it holds fifty licenses', async () => {
    const customer = await world.customer();
    await customer.sync({ activate: await sell(50) });
    const [license] = await sell(1);
    expect((await count(customer, { activate: [present(license)] })).writeUnits).toBe(22);
  });

  it('a conflict that leaves only the vendor’s actions takes one more transition and invocation (Q3)', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    await customer.sync({ activate: [present(license)] });
    ok(await world.vendor('POST', `/licenses/${present(license).id}/withdrawal`, { body: {} }), 202);
    const { answer } = await count(customer, { deactivate: [present(license).id] });
    const transitions = world.statesOf(answer.id).length;
    expect(transitions).toBe(MOST_TRANSITIONS);
    expect(transitions + httpCalls).toBeLessThanOrEqual(MOST_INVOCATIONS);
  });
});

/** Write units of a reprogramming with `k` licenses of one kind, without the vendor actions before it. */
const MEASURED: Readonly<
  Record<'activate' | 'deactivate' | 'withdraw' | 'replace' | 'assign', Readonly<Record<number, number>>>
> = {
  activate: { 1: 23, 2: 29, 10: 89, 50: 376, 100: 737 },
  // One unit of these is the receipt, which is kept (E1).
  deactivate: { 1: 26, 2: 32, 10: 88, 50: 371 },
  withdraw: { 1: 27, 2: 33, 10: 89, 50: 372 },
  replace: { 1: 31, 2: 45, 10: 141, 50: 639 },
  assign: { 1: 22, 2: 26, 10: 70, 50: 277 },
};
type Kind = keyof typeof MEASURED;
/** A replacement changes two licenses: it removes the old one and adds the new one. */
const CHANGES: Readonly<Record<Kind, number>> = { activate: 1, deactivate: 1, withdraw: 1, replace: 2, assign: 1 };

const each = async (
  licenses: readonly LicenseBody[],
  order: (license: LicenseBody) => Promise<unknown>,
): Promise<void> => {
  for (const license of licenses) await order(license);
};

async function measure(kind: Kind, k: number): Promise<number> {
  const licenses = await sell(k);
  const customer = await world.customer();
  const ids = licenses.map(({ id }) => id);
  switch (kind) {
    case 'activate':
      return (await count(customer, { activate: licenses })).writeUnits;
    case 'deactivate':
      await customer.sync({ activate: licenses });
      return (await count(customer, { deactivate: ids })).writeUnits;
    case 'withdraw':
      await customer.sync({ activate: licenses });
      await each(licenses, ({ id }) => world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }));
      return (await count(customer)).writeUnits;
    case 'replace':
      await customer.sync({ activate: licenses });
      await each(licenses, ({ id }) => world.vendor('POST', `/licenses/${id}/replacement`, { body: {} }));
      return (await count(customer)).writeUnits;
    case 'assign':
      await each(licenses, ({ id }) => world.vendor('PUT', `/containers/${customer.serial}/assignments/${id}`));
      return (await count(customer)).writeUnits;
  }
}

describe.each(Object.keys(MEASURED) as Kind[])('the cost of each further license to %s', (kind) => {
  // One transaction moves fewer than fifty licenses.
  const { 50: _fifty, 100: _hundred, ...few } = MEASURED[kind];
  const measured = byTier({ quick: few, deep: MEASURED[kind] });
  it(`each license changed takes at most ${FURTHER_CHANGE_UNITS} write units: ${Object.keys(measured)} at once`, async () => {
    const counted: Record<number, number> = {};
    const sizes = Object.keys(measured).map(Number);
    for (const k of sizes) counted[k] = await measure(kind, k);
    expect(counted).toEqual(measured);
    const one = present(counted[1]);
    for (const k of sizes.slice(1)) {
      const further = (k - 1) * CHANGES[kind];
      expect((present(counted[k]) - one) / further, `${k} at once`).toBeLessThanOrEqual(FURTHER_CHANGE_UNITS);
    }
  });
});

describe('the cost of a step without work', () => {
  it.each(['Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate'] as const)(
    'the step %s neither reads nor writes when it has no work',
    async (task) => {
      const input: PlannedWork = {
        reprogramming: 'any',
        container: 'any',
        counter: 1,
        work: { withdraw: 0, deactivate: 0, assign: 0, replace: 0, activate: 0 },
      };
      meter.reset();
      await runTask(world.running.dependencies, { task, input });
      expect(meter.consumed).toEqual({ writeUnits: 0, readUnits: 0, calls: {} });
    },
  );
});
