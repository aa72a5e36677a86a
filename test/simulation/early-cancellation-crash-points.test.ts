/** An order whose cancellation arrived first, with every fault at each single call: one end state. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { ask, type Fixture, licensesOf, newFixture, perform } from './bulk-fixture.ts';
import { ERRORS, everyFault, type Fault, type PlacedCall, STOPS } from './faults.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import type { HttpRequest } from './world.ts';

afterAll(useSynchronousCrypto());

/** One more license than a transaction withdraws on a ticket. */
const LICENSES = 99;
const SEEDS = byTier({ quick: 3, deep: 40 });
const ORDER = { orderId: 'early', customer: 'customer', items: [{ product: 'basic', quantity: LICENSES }] };

interface Given {
  readonly fixture: Fixture;
  readonly cancel: HttpRequest;
  /** The same order, as a request and as a webhook. */
  readonly create: Readonly<Record<'request' | 'webhook', HttpRequest>>;
}

const given = async (): Promise<Given> => {
  const fixture = await newFixture();
  let secret = '';
  await perform(fixture, async () => {
    secret = String((await ask(fixture, { name: 'createWebhookSecret', params: {}, body: {} }))['secret']);
  });
  // Within 300 s of the simulated clock, which starts at midnight.
  const at = new Date('2027-01-01T00:02:30Z');
  const webhook = (id: string, body: object): HttpRequest => ({
    name: 'receiveErpWebhook',
    params: {},
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, JSON.stringify(body)),
    },
  });
  return {
    fixture,
    cancel: webhook('cancels', { type: 'order.cancelled', data: { orderId: ORDER.orderId, reason: 'returned' } }),
    create: {
      request: { name: 'createOrder', params: {}, body: ORDER },
      webhook: webhook('creates', { type: 'order.created', data: ORDER }),
    },
  };
};

/** The end state of the order without random values and times. */
const endOf = (fixture: Fixture): object => {
  const licenses = licensesOf(fixture, ORDER.orderId);
  const { table } = fixture.world;
  const response = table
    .partition(`ORDER#${ORDER.orderId}`)
    .flatMap(({ entries = [], by }) => (entries as Record<string, unknown>[]).map((entry) => ({ ...entry, by })));
  return {
    cancelling: table.get('WEBHOOK#cancels', 'WEBHOOK')?.['state'],
    waiting: table.get(`ORDER#${ORDER.orderId}`, 'REFUNDS')?.['waiting'] ?? [],
    standings: table
      .partition(`TICKET#${table.get(`ORDER#${ORDER.orderId}`, 'ORDER')?.['ticket']}`)
      .flatMap(({ standing }) => (standing === undefined ? [] : [(standing as { at: string }).at])),
    // One event of each type per license.
    events: response
      .map(({ type, license, reason, by }: Record<string, unknown>) => {
        const author = type === 'license.withdrawn' ? (by as { id: string }).id : undefined;
        return `${licenses.indexOf(String(license))} ${type} ${reason} ${author}`;
      })
      .sort(),
  };
};

const EXPECTED = {
  cancelling: 'done',
  waiting: [],
  standings: Array.from({ length: LICENSES }, () => 'withdrawn'),
  events: Array.from({ length: LICENSES }, (_, index) => [
    `${index} license.delivered undefined undefined`,
    `${index} license.withdrawn returned cancels`,
  ])
    .flat()
    .sort(),
};

describe.each(byTier({ quick: ['webhook'], deep: ['request', 'webhook'] } as const))(
  'an order that arrives by %s after its cancellation',
  (way) => {
    const silenced = console.error;
    beforeAll(() => {
      console.error = () => undefined;
    });
    afterAll(() => {
      console.error = silenced;
    });

    const play = async (faults: readonly Fault[]): Promise<{ end: unknown; calls: readonly PlacedCall[] }> => {
      const { fixture, cancel, create } = await given();
      await perform(fixture, async () => {
        expect(await ask(fixture, cancel)).toMatchObject({ state: 'waiting' });
      });
      const calls = await perform(fixture, async () => void (await ask(fixture, create[way])), faults);
      fixture.invariants.checkAtRest(false);
      return { end: endOf(fixture), calls };
    };

    test('an order after its cancellation is withdrawn, with a fault at each single call', async () => {
      const undisturbed = await play([]);
      expect(undisturbed.end).toEqual(EXPECTED);
      for (const fault of everyFault(undisturbed.calls, [...STOPS, ...ERRORS])) {
        const { end } = await play([fault]);
        expect(end, `${fault.kind} at call ${fault.at}`).toEqual(EXPECTED);
      }
    });

    test('an order concurrent with its cancellation is withdrawn, in many orders of calls', async () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { fixture, cancel, create } = await given();
        const together = async (): Promise<void> => {
          await Promise.all([cancel, create[way], cancel].map((request) => ask(fixture, request)));
        };
        await perform(fixture, together, [], seed);
        // Sent once more, each finds that the other is done.
        await perform(fixture, together);
        // A cancellation that finds the order itself leaves its waiting note, which has no effect any more.
        expect({ ...endOf(fixture), waiting: [] }, `seed ${seed}`).toEqual(EXPECTED);
      }
    });
  },
);
