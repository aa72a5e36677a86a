/** A bulk order, with every fault at each single call: the same licenses, the same report, each vendor action once. */
import { afterAll, describe, expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { carryOut, give, newFixture, perform } from './bulk-fixture.ts';
import { ERRORS, everyFault, type Fault, type PlacedCall, STOPS } from './faults.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import type { World } from './world.ts';

afterAll(useSynchronousCrypto());

const BULK_ORDERS: Readonly<Record<string, object>> = {
  'a withdrawal of which some are refused': { action: 'withdraw', query: { orderId: 'first' } },
  'a replacement': { action: 'replace', query: { product: 'basic' }, replacement: { terms: { quantity: 3 } } },
  'a preview': { action: 'withdraw', query: { orderId: 'first' }, preview: true },
};

interface Played {
  readonly end: unknown;
  readonly calls: readonly PlacedCall[];
}

const play = async (body: object, faults: readonly Fault[]): Promise<Played> => {
  const fixture = await newFixture();
  const { world, invariants } = fixture;
  const calls = await perform(
    fixture,
    async () => carryOut(fixture, { bulkOrder: await give(fixture, body), run: 0, rounds: 0 }),
    faults,
  );
  invariants.checkAtRest(false);
  return { end: endOf(world), calls };
};

/** The end state without random values and times. */
const endOf = ({ table }: World): unknown => {
  const items = table.all();
  const bulk = items.filter(({ pk }) => String(pk).startsWith('BULK-ORDER#'));
  const made = items.filter(({ predecessor }) => predecessor !== undefined);
  const text = (value: unknown): string =>
    made.reduce(
      (line, { id, predecessor }) => line.replaceAll(String(id), `new ${predecessor}`),
      JSON.stringify(value),
    );
  const heads = bulk.filter(({ sk }) => sk === 'BULK-ORDER');
  expect(heads).toHaveLength(1);
  const { states, outcomes, refusals, containers, selected, status } = heads[0] ?? {};
  const rows = bulk.filter(({ sk }) => sk !== 'BULK-ORDER');
  expect(rows).toHaveLength(Number(selected));
  const events = items.flatMap(({ entries }) => (Array.isArray(entries) ? entries : []));
  return {
    head: { states, outcomes, refusals, containers, selected, status },
    rows: rows.map(({ expiresAtSeconds: _, pk: __, ...row }) => text(row)),
    licenses: items
      .filter(({ standing }) => standing !== undefined)
      .map(({ id, standing }) => text([id, { ...(standing as object), earmark: undefined, reservation: undefined }]))
      .sort(),
    // A repeated vendor action would have a second event.
    events: events.map(({ type, license }) => text([type, license])).sort(),
  };
};

/** The calls of the others are the same, so they need no errors. */
const [FIRST] = Object.keys(BULK_ORDERS);

/** The only bulk order in `npm test`. */
const QUICK = 'a replacement';

describe.each(Object.entries(BULK_ORDERS).filter(([name]) => byTier({ quick: name === QUICK, deep: true })))(
  '%s in bulk',
  (name, body) => {
    test('a bulk order with a fault at each single call ends with the same state and report as without', async () => {
      const silenced = console.error;
      console.error = () => undefined;
      try {
        const undisturbed = await play(body, []);
        expect(undisturbed.calls.length).toBeGreaterThan(20);
        for (const fault of everyFault(undisturbed.calls, name === FIRST ? [...STOPS, ...ERRORS] : STOPS)) {
          const { end } = await play(body, [fault]);
          expect(end, `${fault.kind} at call ${fault.at}`).toEqual(undisturbed.end);
        }
      } finally {
        console.error = silenced;
      }
    });
  },
);
