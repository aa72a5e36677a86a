/**
 * O1: a revised order that is larger than a transaction, with every fault at each single call, sent until it is answered: done as a
 * whole, once, or not at all.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { activation, type Fixture, licensesOf, newFixture, perform, reprogram, sell } from './bulk-fixture.ts';
import { ERRORS, everyFault, type Fault, type PlacedCall, STOPS } from './faults.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import type { HttpRequest } from './world.ts';

afterAll(useSynchronousCrypto());

const ORDER = 'large';
/** More licenses than a transaction withdraws in a container, and others on the ticket. */
const HELD = byTier({ quick: 52, deep: 110 });
const AVAILABLE = 6;
const LATER_MILLISECONDS = 61_000;
const MOST_TRIES = 20;

const given = async (): Promise<Fixture> => {
  const fixture = await newFixture();
  await perform(fixture, () => sell(fixture, ORDER, { basic: HELD + AVAILABLE }));
  await reprogram(fixture, licensesOf(fixture, ORDER).slice(0, HELD), []);
  return fixture;
};

/** Keeps two units in the container, withdraws others there, replaces two and adds three. */
const items = [
  { product: 'basic', quantity: 2 },
  { product: 'basic', quantity: 2, terms: { quantity: 5 } },
  { product: 'other', quantity: 3 },
];
const revision: HttpRequest = {
  name: 'reviseOrder',
  params: { orderId: ORDER },
  body: { items },
  headers: { 'if-match': '"1"' },
};

/** Repeats the revision until it is done, by this request or by an earlier one. */
const revise = async ({ world }: Fixture): Promise<void> => {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const reply = await world.http(revision);
    if (reply.kind === 'answer' && (reply.status === 200 || reply.status === 412)) return;
    if (reply.kind === 'answer' && reply.status < 500 && reply.status !== 429 && reply.status !== 409) {
      throw new Error(`The revision was refused: ${JSON.stringify(reply.body)}`);
    }
    world.scheduler.advance(LATER_MILLISECONDS);
  }
  throw new Error('The revision was never answered');
};

/** The end state without random values and times. */
const endOf = ({ world: { table }, customer }: Fixture): unknown => {
  const all = table.all();
  const order = table.get(`ORDER#${ORDER}`, 'ORDER');
  const ofOrder = all.filter((item) => item['ticket'] === order?.['ticket'] && item['standing'] !== undefined);
  const events = table
    .partition(`ORDER#${ORDER}`)
    .flatMap(({ entries }) => (Array.isArray(entries) ? entries : []) as { type: string; license?: string }[]);
  return {
    order: { number: order?.['number'], revising: order?.['revising'], items: order?.['items'] },
    licenses: ofOrder
      .map(
        ({ id, product, standing }) =>
          `${id} ${product} ${JSON.stringify(standing).replace(/"orderedAt":"[^"]*"/g, '')}`,
      )
      .sort(),
    holds: all.flatMap(({ hold }) => hold ?? []),
    pending: table
      .partition(`CONTAINER#${customer.serial}`)
      .flatMap(({ id, pending }) => (pending === undefined ? [] : [String(id)]))
      .sort(),
    // A repeated change would have a second event.
    events: events.map(({ type, license }) => `${type} ${license ?? ''}`).sort(),
  };
};

interface Played {
  readonly end: unknown;
  readonly calls: readonly PlacedCall[];
}

const play = async (faults: readonly Fault[], requests = 1, seed = 1): Promise<Played> => {
  const fixture = await given();
  const together = async (): Promise<void> =>
    void (await Promise.all(Array.from({ length: requests }, () => revise(fixture))));
  const calls = await perform(fixture, together, faults, seed);
  fixture.invariants.checkAtRest(false);
  return { end: endOf(fixture), calls };
};

describe('a revision that is larger than a transaction', () => {
  const silenced = console.error;
  beforeAll(() => {
    console.error = () => undefined;
  });
  afterAll(() => {
    console.error = silenced;
  });

  test('O1: with a fault at each single call, it ends with the same state as without', async () => {
    const undisturbed = await play([]);
    expect(undisturbed.end).toMatchObject({ order: { number: 2, revising: undefined }, holds: [] });
    const kinds = byTier({ quick: STOPS, deep: [...STOPS, ...ERRORS] });
    const every = byTier({ quick: 3, deep: 1 });
    for (const fault of [...everyFault(undisturbed.calls, kinds)].filter((_, at) => at % every === 0)) {
      const { end } = await play([fault]);
      expect(end, `${fault.kind} at call ${fault.at}`).toEqual(undisturbed.end);
    }
  });

  test('O1: sent three times at once, in many orders of calls, it is done once', async () => {
    const once = await play([]);
    for (let seed = 1; seed <= byTier({ quick: 3, deep: 20 }); seed++) {
      const { end } = await play([], 3, seed);
      expect(end, `seed ${seed}`).toEqual(once.end);
    }
  });

  test('O1: beside an activation, a withdrawal and a cancellation of its licenses, no invariant is violated and nothing stays held', async () => {
    for (let seed = 1; seed <= byTier({ quick: 3, deep: 40 }); seed++) {
      const fixture = await given();
      const { world } = fixture;
      const [first = '', , third = ''] = licensesOf(fixture, ORDER);
      const free = licensesOf(fixture, ORDER).slice(HELD, HELD + 4);
      const requests: HttpRequest[] = [
        { name: 'withdrawLicense', params: { license: free[0] ?? '' }, body: {} },
        { name: 'withdrawLicense', params: { license: first }, body: {} },
        { name: 'replaceLicense', params: { license: third }, body: {} },
        { name: 'assignLicense', params: { serial: fixture.customer.serial, license: free[1] ?? '' }, body: {} },
      ];
      const activate = await activation(fixture, free.slice(2));
      await perform(
        fixture,
        async () => {
          await Promise.all([revise(fixture), ...[...requests, activate].map((request) => world.http(request))]);
        },
        [],
        seed,
      );
      fixture.invariants.checkAtRest(false);
      const end = endOf(fixture) as { order: object; holds: unknown[]; licenses: string[] };
      expect(end, `seed ${seed}`).toMatchObject({ order: { number: 2 }, holds: [] });
      expect(end.licenses.filter((license) => license.includes('"for":"revise"'))).toEqual([]);
    }
  });
});
