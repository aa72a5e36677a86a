/** The cost of a reprogramming, counted and not timed (design, section 6). The table reports the units. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlannedWork, TASKS } from '../../contract/tasks.ts';
import { runTask } from '../../functions/use-cases/reprogramming/task-handler.ts';
import type { LicenseBody, ReprogrammingBody } from '../harness/answers.ts';
import { type CallTrace, traceCalls } from '../harness/call-trace.ts';
import { type CapacityMeter, meterCapacity } from '../harness/capacity-meter.ts';
import { shiftedClock } from '../harness/shifted-clock.ts';
import { byTier } from '../harness/tier.ts';
import { type Chosen, type Customer, ok, openWorld, present, type World } from '../harness/world.ts';

const FIRST_ACTIVATION_UNITS = 23;
const FURTHER_CHANGE_UNITS = 8;
const TRANSITIONS = 8;
const INVOCATIONS = 10;
const CALLS_TO_UPDATE = 9;
const CALLS_OF_RECEIPT = 4;
const CALLS = 14;

const HOUR_MS = 3_600_000;

let world: World;
let meter: CapacityMeter;
let trace: CallTrace;
let product: string;
let httpCalls = 0;
beforeAll(async () => {
  // A contact in another hour than the one before takes one unit more. From here, the whole test stays within one hour.
  const clock = shiftedClock();
  clock.advance(HOUR_MS - (clock.now() % HOUR_MS) + 60_000);
  world = await openWorld({ clock });
  product = await world.product();
  meter = meterCapacity(world.running.dependencies.documents);
  trace = traceCalls(world.running.dependencies.documents);
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
    expect(counted.transitions).toBeLessThanOrEqual(TRANSITIONS);
    expect(counted.invocations).toBeLessThanOrEqual(INVOCATIONS);
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
    expect(transitions).toBe(TRANSITIONS + 1);
    expect(transitions + httpCalls).toBe(INVOCATIONS + 1);
  });
});

/** The calls of a request and of its tasks, from its start to the end of its answer. */
async function callsOf(request: () => Promise<unknown>): Promise<string[]> {
  await world.running.workflow.settled();
  trace.reset();
  await request();
  return trace.lines();
}

describe('the calls of one activation', () => {
  it('an activation takes 8 calls in a row from the context to the update, and 4 for the receipt', async () => {
    const [license] = await sell(1);
    const customer = await world.customer();
    let updates: ReprogrammingBody['updates'] = [];
    const toUpdate = await callsOf(async () => {
      ({ updates } = await customer.reprogram({ activate: [present(license)] }));
    });
    expect(toUpdate).toEqual([
      'Query CONTAINER LICENSE by container',
      'BatchGet LICENSE by decide-request',
      'Put CONTACT by last-contact',
      'TransactWrite CONTAINER REPROGRAMMING LICENSE by plan',
      'TransactWrite LICENSE EVENT by run-step',
      'Put UPDATE by issue-update',
      'Put CONTAINER by issue-update',
      'BatchGet CONTAINER OUTCOME REPROGRAMMING UPDATE by reprogramming-progress',
    ]);
    await customer.apply(updates);
    const ofReceipt = await callsOf(async () => ok(await customer.receipt(), 200));
    expect(ofReceipt).toEqual([
      'Query CONTAINER LICENSE by container',
      'BatchGet REPROGRAMMING UPDATE by container',
      'TransactWrite CONTAINER EVENT by confirm',
      'Get CONTAINER by verify-context',
    ]);
    expect(toUpdate.length).toBeLessThanOrEqual(CALLS_TO_UPDATE);
    expect(ofReceipt.length).toBeLessThanOrEqual(CALLS_OF_RECEIPT);
    expect(toUpdate.length + ofReceipt.length).toBeLessThanOrEqual(CALLS);
  });

  it('an activation takes 9 calls to the update while an earlier update waits for its receipt', async () => {
    const [first, second] = await sell(2);
    const customer = await world.customer();
    await customer.reprogram({ activate: [present(first)] });
    const calls = await callsOf(() => customer.reprogram({ activate: [present(second)] }));
    // Two calls more, for the plan and the update that it also answers with, and no new contact.
    expect(calls, calls.join('\n')).toHaveLength(9);
    expect(calls.length).toBeLessThanOrEqual(CALLS_TO_UPDATE);
  });

  it('ten licenses activated at once take as many calls as one', async () => {
    const customer = await world.customer();
    const licenses = await sell(10);
    const calls = await callsOf(() => customer.reprogram({ activate: licenses }));
    expect(calls, calls.join('\n')).toHaveLength(8);
  });

  it('a plan of more than 32 KB does not travel in the payload: the tasks read it', async () => {
    const customer = await world.customer();
    const licenses = await sell(90);
    const calls = await callsOf(() => customer.sync({ activate: licenses }));
    expect(calls, calls.join('\n')).toContain('Query REPROGRAMMING by container');
    expect((await world.containerOf(customer.serial)).licenses).toHaveLength(90);
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
