/** A cancelled order, with every fault at each single call, sent until it is answered: one end state, one event per license. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { ask, type Fixture, licensesOf, newFixture, perform, reprogram, sell } from './bulk-fixture.ts';
import { ERRORS, everyFault, type Fault, type PlacedCall, STOPS } from './faults.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import type { HttpRequest, World } from './world.ts';

afterAll(useSynchronousCrypto());

const ID = 'msg-1';
/** One more license than a transaction withdraws in a container, and one more than it withdraws on a ticket. */
const HELD = 50;
const AVAILABLE = 99;
const SEEDS = byTier({ quick: 5, deep: 20 });

/** An order that can be cancelled: how to prepare it beyond the fixture, and the outcome of its webhook. */
interface Sale {
  readonly prepare?: (fixture: Fixture) => Promise<unknown>;
  readonly state: 'done' | 'failed';
  /** Transactions of its webhook: storing it, carrying it out, storing the outcome. */
  readonly transactions: number;
}

const SALES: Readonly<Record<string, Sale>> = {
  // A license of each kind. The license that an add-on of another order requires is refused.
  first: { state: 'failed', transactions: 5 },
  held: {
    prepare: async (fixture) => {
      await perform(fixture, () => sell(fixture, 'held', { basic: HELD }));
      await reprogram(fixture, licensesOf(fixture, 'held'), []);
    },
    state: 'done',
    transactions: 4,
  },
  available: {
    prepare: (fixture) => perform(fixture, () => sell(fixture, 'available', { basic: AVAILABLE })),
    state: 'done',
    transactions: 4,
  },
};

const given = async (orderId: string): Promise<{ fixture: Fixture; webhook: HttpRequest }> => {
  const fixture = await newFixture();
  await SALES[orderId]?.prepare?.(fixture);
  let secret = '';
  await perform(fixture, async () => {
    secret = String((await ask(fixture, { name: 'createWebhookSecret', params: {}, body: {} }))['secret']);
  });
  const body = { type: 'order.cancelled', data: { orderId, reason: 'returned' } };
  // Within 300 s of the simulated clock, which starts at midnight.
  const at = new Date('2027-01-01T00:02:30Z');
  const headers = {
    'webhook-id': ID,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(ID, at, JSON.stringify(body)),
  };
  return { fixture, webhook: { name: 'receiveErpWebhook', params: {}, body, headers } };
};

interface Played {
  readonly end: unknown;
  readonly calls: readonly PlacedCall[];
}

const play = async (orderId: string, faults: readonly Fault[], deliveries = 1, seed = 1): Promise<Played> => {
  const { fixture, webhook } = await given(orderId);
  const deliver = async (): Promise<void> => void (await ask(fixture, webhook));
  const together = async (): Promise<void> => void (await Promise.all(Array.from({ length: deliveries }, deliver)));
  const calls = await perform(fixture, together, faults, seed);
  fixture.invariants.checkAtRest(false);
  const end = endOf(fixture.world);
  await perform(fixture, deliver);
  expect(endOf(fixture.world)).toEqual(end);
  return { end, calls };
};

/** The end state without random values and times. */
const endOf = ({ table }: World): unknown => {
  const items = table.all();
  const standing = (value: unknown): object =>
    JSON.parse(JSON.stringify(value).replace(/"orderedAt":"[^"]*"/g, '"orderedAt":""'));
  const { state, problem, result } = table.get(`WEBHOOK#${ID}`, 'WEBHOOK') ?? {};
  const { pending, refused } = result as { pending: string[]; refused: object[] };
  return {
    webhook: { state, problem, pending: pending.toSorted(), refused },
    licenses: items
      .filter(({ standing }) => standing !== undefined)
      .map((item) => [item['id'], standing(item['standing'])]),
    pending: items
      .filter(({ pending }) => pending !== undefined)
      .map((item) => [item['id'], standing(item['pending'])]),
    counts: items.flatMap(({ pendingCount }) => pendingCount ?? []),
    // A repeated vendor action would have a second event.
    events: items
      .flatMap(({ entries }) => (Array.isArray(entries) ? entries : []))
      .map(({ type, license, reason }) => `${license} ${type} ${reason}`)
      .sort(),
  };
};

/** The only order in `npm test`. */
const QUICK_SALE = 'available';

describe.each(Object.entries(SALES).filter(([orderId]) => byTier({ quick: orderId === QUICK_SALE, deep: true })))(
  'the cancellation of the order %s',
  (orderId, { state, transactions }) => {
    const silenced = console.error;
    beforeAll(() => {
      console.error = () => undefined;
    });
    afterAll(() => {
      console.error = silenced;
    });

    test('a cancellation with a fault at each single call ends with the same state as without', async () => {
      const undisturbed = await play(orderId, []);
      expect(undisturbed.end).toMatchObject({ webhook: { state } });
      expect(undisturbed.calls.filter(({ kind }) => kind === 'transaction')).toHaveLength(transactions);
      for (const fault of everyFault(undisturbed.calls, [...STOPS, ...ERRORS])) {
        const { end } = await play(orderId, [fault]);
        expect(end, `${fault.kind} at call ${fault.at}`).toEqual(undisturbed.end);
      }
    });

    test('a cancellation delivered three times at once, in many orders of calls, ends with the same state', async () => {
      const once = await play(orderId, []);
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { end } = await play(orderId, [], 3, seed);
        expect(end, `seed ${seed}`).toEqual(once.end);
      }
    });
  },
);
