/** A cancelled order, with every fault at each single call: delivered until it is answered, it leaves the same, each license told of once. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { ask, type Fixture, licensesOf, newFixture, perform, reprogram, sell } from './bulk-fixture.ts';
import { ERRORS, everyFault, type Fault, type PlacedCall, STOPS } from './faults.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import type { HttpRequest, World } from './world.ts';

afterAll(useSynchronousCrypto());

const ID = 'msg-1';
/** One more than a transaction withdraws in a container, and one more than it withdraws on a ticket. */
const HELD = 50;
const AVAILABLE = 99;
const SEEDS = byTier({ quick: 5, deep: 20 });

/** An order that can be cancelled: how it comes to be, besides what the fixture has, and what its webhook comes to. */
interface Sale {
  readonly prepare?: (fixture: Fixture) => Promise<unknown>;
  readonly state: 'done' | 'failed';
  /** Of its delivery: that the webhook is taken, what it does, and what came of it. */
  readonly transactions: number;
}

const SALES: Readonly<Record<string, Sale>> = {
  // Of each kind something; the license that an add-on of another order requires is refused.
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
  // The library reads the machine's own clock.
  const at = new Date();
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

/** Everything that it leaves behind, without what chance and time made up. */
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
    // An order that was given twice would be told twice.
    events: items
      .flatMap(({ entries }) => (Array.isArray(entries) ? entries : []))
      .map(({ type, license, reason }) => `${license} ${type} ${reason}`)
      .sort(),
  };
};

/** The order that `npm test` cancels. */
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

    test('with every fault at each single call comes to the same end', async () => {
      const undisturbed = await play(orderId, []);
      expect(undisturbed.end).toMatchObject({ webhook: { state } });
      expect(undisturbed.calls.filter(({ kind }) => kind === 'transaction')).toHaveLength(transactions);
      for (const fault of everyFault(undisturbed.calls, [...STOPS, ...ERRORS])) {
        const { end } = await play(orderId, [fault]);
        expect(end, `${fault.kind} at call ${fault.at}`).toEqual(undisturbed.end);
      }
    });

    test('delivered three times at once, in whatever order their calls come, comes to the same end', async () => {
      const once = await play(orderId, []);
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { end } = await play(orderId, [], 3, seed);
        expect(end, `seed ${seed}`).toEqual(once.end);
      }
    });
  },
);
