import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactKey } from '../../../functions/store/keys.ts';
import { queryRange } from '../../../functions/store/queries.ts';
import { commitSingle, put } from '../../../functions/store/transactions.ts';
import type { ListBody } from '../../harness/answers.ts';
import { type CapacityMeter, meterCapacity } from '../../harness/capacity-meter.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { type ShiftedClock, shiftedClock } from '../../harness/shifted-clock.ts';
import { newTestContainer } from '../../harness/test-container.ts';
import { type Customer, ok, openWorld, present, readAll, type World } from '../../harness/world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Summary {
  readonly serial: string;
  readonly status: string;
  readonly counter: number;
  readonly pendingCount: number;
  readonly outstandingCount: number;
  readonly lastContactAt?: string;
}

let clock: ShiftedClock;
let world: World;
let meter: CapacityMeter;
let product: string;
/** By their last contact, the oldest first; the first one was never in contact. */
const fleet: string[] = [];
let assigned: string;
let pending: Customer;
let outstanding: Customer;
let retired: Customer;

beforeAll(async () => {
  clock = shiftedClock();
  // Well within an hour, however slow the test is.
  clock.advance(HOUR_MS - (clock.now() % HOUR_MS) + 60_000);
  world = await openWorld({ clock });
  meter = meterCapacity(world.running.dependencies.documents);
  product = await world.product();
  const [license] = await world.sell(product);
  assigned = (await newTestContainer(world.keySets)).serial;
  ok(await world.vendor('PUT', `/containers/${assigned}/assignments/${license?.id}`, { body: {} }), 202);

  const day = async (count: number): Promise<Customer[]> => {
    const customers: Customer[] = [];
    for (let index = 0; index < count; index++) {
      const customer = await world.customer();
      await customer.sync({ activate: await world.sell(product) });
      customers.push(customer);
    }
    clock.advance(DAY_MS);
    return customers;
  };
  const first = await day(2);
  const second = await day(3);
  const third = await day(2);
  pending = present(second[1]);
  outstanding = present(third[0]);
  retired = present(first[0]);
  const { licenses } = await world.containerOf(pending.serial);
  ok(await world.vendor('POST', `/licenses/${licenses[0]}/withdrawal`, { body: {} }), 202);
  const body = { licenses: 'restore', reason: 'lost' };
  ok(await world.vendor('POST', `/containers/${retired.serial}/retirement`, { body }));
  // A contact today, after which the entries of three days ago no longer count.
  await outstanding.reprogram({ activate: await world.sell(product) });
  const others = [...first, ...second, ...third].filter((each) => each !== outstanding);
  fleet.push(assigned, ...others.map(({ serial }) => serial), outstanding.serial);
}, 180_000);
afterAll(() => world.close());

const list = async (query: string): Promise<readonly Summary[]> =>
  ok(await world.vendor<ListBody<Summary>>('GET', `/containers?limit=1000&${query}`)).items;
const serials = async (query: string) => (await list(query)).map(({ serial }) => serial);

describe('the list of containers', () => {
  it('containers are listed by their last contact, newest first, each once, and those never in contact last', async () => {
    expect(await serials('')).toEqual([...fleet].reverse());
    expect(await serials('order=oldest')).toEqual(fleet);
    const times = (await list('order=oldest')).map(({ lastContactAt = '' }) => lastContactAt);
    expect(times).toEqual([...times].sort());
    expect(times[0]).toBe('');
  });

  it('containers come in pages of any size, in both orders', async () => {
    for (const limit of [1, 3, 8]) {
      const page = (query: string) => readAll<Summary>(withQuery(query), '/containers', limit);
      expect((await page('order=newest')).map(({ serial }) => serial)).toEqual([...fleet].reverse());
      expect((await page('order=oldest')).map(({ serial }) => serial)).toEqual(fleet);
    }
  });

  it('containers are found by pending actions and missing receipts', async () => {
    expect(await list('pending=true')).toMatchObject([
      { serial: pending.serial, pendingCount: 1 },
      { serial: assigned, pendingCount: 1, counter: 0 },
    ]);
    expect(await serials('pending=true&order=oldest')).toEqual([assigned, pending.serial]);
    expect(await list('outstanding=true')).toMatchObject([{ serial: outstanding.serial, outstandingCount: 1 }]);
    expect(await serials('pending=true&outstanding=true')).toEqual([]);
    const quiet = fleet.filter((serial) => ![assigned, pending.serial, outstanding.serial].includes(serial));
    expect(await serials('pending=false&outstanding=false&order=oldest')).toEqual(quiet);
  });

  it('containers are found by status', async () => {
    expect(await list('status=retired')).toMatchObject([{ serial: retired.serial, status: 'retired' }]);
    expect(await serials('status=active&order=oldest')).toEqual(fleet.filter((serial) => serial !== retired.serial));
  });

  it('containers are found by a last contact before or after a time, to the millisecond', async () => {
    const all = await list('order=oldest');
    const third = present(all[3]?.lastContactAt);
    expect(await serials(`lastContactBefore=${third}&order=oldest`)).toEqual(fleet.slice(0, 3));
    expect(await serials(`lastContactAfter=${third}&order=oldest`)).toEqual(fleet.slice(4));
    const before = present(all[6]?.lastContactAt);
    expect(await serials(`lastContactAfter=${third}&lastContactBefore=${before}`)).toEqual([fleet[5], fleet[4]]);
    expect(await serials(`lastContactAfter=${before}&lastContactBefore=${third}`)).toEqual([]);
    expect(await serials(`pending=true&lastContactBefore=${third}`)).toEqual([assigned]);
  });

  it('containers are all listed when one read does not reach all entries, most of which are outdated', async () => {
    const { dependencies } = world.running;
    const hours = Array.from({ length: 60 }, (_, index) =>
      new Date(clock.now() - 5 * DAY_MS + index * HOUR_MS).toISOString().slice(0, 13),
    );
    for (const hour of hours) {
      const former = fleet.slice(1).map((serial) => ({ serial, hour }));
      // Eleven entries of each hour belong to containers that no longer exist.
      for (let index = 0; index < 11; index++) former.push({ serial: `gone-${hour}-${index}`, hour });
      await Promise.all(
        former.map((each) => commitSingle(dependencies, put(dependencies, contactKey(each.hour, each.serial), each))),
      );
    }
    for (const limit of [2, 100]) {
      const oldest = await readAll<Summary>(withQuery('order=oldest'), '/containers', limit);
      expect(oldest.map(({ serial }) => serial)).toEqual(fleet);
      const newest = await readAll<Summary>(withQuery('order=newest'), '/containers', limit);
      expect(newest.map(({ serial }) => serial)).toEqual([...fleet].reverse());
    }
  });

  it('a forged cursor, one of another list and an unknown filter are refused', async () => {
    const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const query of [
      `cursor=${cursorOf({ start: 'LICENSE#1' })}`,
      `cursor=${cursorOf({ start: 7 })}`,
      `cursor=${cursorOf({ start: 'CONTACT#2001-01-01T00#a' })}&lastContactAfter=2027-01-01T00:00:00Z`,
      'cursor=abc',
      'pending=maybe',
      'lastContactBefore=yesterday',
      'order=best',
    ])
      expectProblem(await world.vendor('GET', `/containers?${query}`), 'invalid-request');
  });
});

describe('the cost of the index of last contacts', () => {
  it('the first contact in an hour takes one write unit more, within the 24 of an activation', async () => {
    clock.advance(HOUR_MS);
    const customer = await world.customer();
    const spent = async (between = () => undefined as unknown): Promise<number> => {
      const activate = await world.sell(product);
      await world.running.workflow.settled();
      meter.reset();
      await customer.apply((await customer.reprogram({ activate })).updates);
      between();
      ok(await customer.receipt(), 200);
      await world.running.workflow.settled();
      return meter.consumed.writeUnits;
    };
    expect(await spent()).toBe(23);
    expect(await spent()).toBe(22);
    // The receipt arrives in another hour than the plan.
    clock.advance(HOUR_MS);
    expect(await spent(() => clock.advance(HOUR_MS))).toBe(24);
    expect((await list('')).at(0)?.serial).toBe(customer.serial);
  });
});

describe('a contact that changes nothing', () => {
  const sync = async (customer: Customer) => {
    const { status } = await customer.reprogram();
    expect(status).toBe('unchanged');
  };
  const contacts: Readonly<Record<string, (customer: Customer) => Promise<unknown>>> = {
    'a sync with nothing to do': sync,
    'a preview': async (customer) => ok(await customer.ask({}, { preview: true }), 200),
    'a repeated receipt': async (customer) => ok(await customer.receipt(), 200),
    'a query for auto-updates': async (customer) =>
      ok(
        await world.user('POST', '/depot/auto-updates', { body: { context: await customer.container.context() } }),
        200,
      ),
    'a conflict': async (customer) => expectProblem(await customer.ask({ deactivate: ['none'] }), 'manual-conflict'),
  };

  /** The day ends the waits of other containers for their receipts, whose tasks write too. */
  async function quiet(): Promise<void> {
    do {
      meter.reset();
      await setTimeout(100);
      await world.running.workflow.settled();
    } while (meter.consumed.writeUnits > 0);
  }

  it.each(Object.keys(contacts))('%s counts as last contact, with one write per container and day', async (kind) => {
    const contact = present(contacts[kind]);
    const customer = await world.customer();
    await customer.sync({ activate: await world.sell(product) });
    await world.running.workflow.settled();
    const writes = async (): Promise<number[]> => {
      meter.reset();
      await contact(customer);
      return [meter.consumed.writeUnits, meter.consumed.calls['TransactWriteCommand'] ?? 0];
    };
    expect(await writes()).toEqual([0, 0]);
    clock.advance(DAY_MS);
    await quiet();
    expect(await writes()).toEqual([6, 1]);
    expect(await writes()).toEqual([0, 0]);
    const seen = await world.containerOf(customer.serial);
    expect(Date.parse(present(seen.lastContactAt))).toBeGreaterThan(clock.now() - HOUR_MS);
    expect((await list('')).filter(({ serial }) => serial === customer.serial)).toHaveLength(1);
    expect((await list(''))[0]?.serial).toBe(customer.serial);
  });

  it('a contact with an update in the same day is recorded once, by the head’s own write', async () => {
    const customer = await world.customer();
    await customer.sync({ activate: await world.sell(product) });
    clock.advance(DAY_MS);
    const activate = await world.sell(product);
    await world.running.workflow.settled();
    meter.reset();
    await customer.sync({ activate });
    await world.running.workflow.settled();
    // As an activation in another hour than the contact before (see above).
    expect(meter.consumed.writeUnits).toBe(23);
  });

  it('an entry of the contact before is removed, so daily contacts do not fill the list', async () => {
    const customer = await world.customer();
    await customer.sync({ activate: await world.sell(product) });
    const entries = async () => {
      const range = { pk: contactKey('', '').pk, from: 'CONTACT#', to: 'CONTACT$' };
      const items = await queryRange(world.running.dependencies, range);
      return items.filter(({ serial }) => serial === customer.serial);
    };
    for (let day = 0; day < 3; day++) {
      clock.advance(DAY_MS);
      await sync(customer);
      const hour = new Date(clock.now()).toISOString().slice(0, 13);
      expect(await entries()).toMatchObject([{ hour }]);
    }
  });

  it('a container that is not known leaves nothing in the table', async () => {
    const customer = await world.customer();
    meter.reset();
    await sync(customer);
    expect(meter.consumed.writeUnits).toBe(0);
    expectProblem(await world.vendor('GET', `/containers/${customer.serial}`), 'not-found');
  });
});

/** The vendor's client, with this query added to every path. */
function withQuery(query: string): World['vendor'] {
  return (method, path, call) => world.vendor(method, `${path}${path.includes('?') ? '&' : '?'}${query}`, call);
}
