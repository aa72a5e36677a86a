/** Compares the cancellation of an order with the withdrawal of its licenses one by one. */
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WorkflowInput } from '../../contract/tasks.ts';
import { isOnTicket } from '../../domain/license.ts';
import { type Attempt, singleAttempt } from '../../functions/attempt.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { licensesOfTicket } from '../../functions/store/license-item.ts';
import { assignLicense } from '../../functions/use-cases/licenses/assign.ts';
import { replaceLicense } from '../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../functions/use-cases/licenses/withdraw.ts';
import { type OrderWithdrawal, withdrawOrder } from '../../functions/use-cases/licenses/withdraw-order.ts';
import { byTier } from '../harness/tier.ts';
import { runs } from '../properties/domain/seed.ts';
import { type Fixture, newFixture, type Sold, VENDOR } from './conditions/fixture.ts';
import { seededRandom } from './seeded-random.ts';

/** Withdraws each license on a container read for it alone; refused ones again, as long as a pass withdrew one. */
const withdrawOneByOne = async (fixture: Fixture, sold: Sold): Promise<OrderWithdrawal> => {
  const runtime = await fixture.runtime();
  const withdrawn: string[] = [];
  const pending: string[] = [];
  const licenses = await licensesOfTicket(runtime, sold.ticket);
  let left = licenses.filter(({ standing }) => isOnTicket(standing)).map(({ id }) => id);
  for (;;) {
    const refused: OrderWithdrawal['refused'][number][] = [];
    for (const license of left) {
      const ordered = await withdrawLicense(runtime, VENDOR, license, undefined, { isRetry: true });
      if (ordered.kind === 'refused') refused.push({ license, refusal: ordered.refusal });
      else (ordered.result.status === 'withdrawn' ? withdrawn : pending).push(license);
    }
    const mayHelp = refused.some(({ refusal }) => refusal.code === 'dependency-violation');
    if (!mayHelp || refused.length === left.length) return { withdrawn, pending, refused };
    left = refused.map(({ license }) => license);
  }
};

type Item = Readonly<Record<string, unknown>>;

const putsOf = (sent: readonly unknown[]): Item[] =>
  sent
    .filter((command) => command instanceof TransactWriteCommand)
    .flatMap(({ input }) =>
      (input.TransactItems ?? []).flatMap(({ Put }) => (Put?.Item === undefined ? [] : [Put.Item])),
    );

/** All items without revisions, and the events of each license in their order. */
const endOf = ({ table, sent }: Fixture): unknown => {
  const events = putsOf(sent).flatMap(({ entries, indexPk, actor, orderId }) =>
    Array.isArray(entries) ? (entries as Item[]).map((entry) => ({ ...entry, indexPk, actor, orderId })) : [],
  );
  const items = table.all().filter(({ entries }) => !Array.isArray(entries));
  return {
    items: items.map(({ revision: _, ...item }) => item),
    events: Object.groupBy(events as { license?: string }[], ({ license = '' }) => license),
  };
};

const PRODUCTS: Readonly<Record<string, readonly string[]>> = {
  basic: [],
  other: [],
  addon: ['basic'],
  plug: ['addon', 'other'],
  // Each of these two requires the other.
  left: ['right'],
  right: ['left'],
};
const CODES = Object.keys(PRODUCTS);

/** The places in which a license can be. */
const PLACES = [
  'free',
  'held',
  'returned',
  'assigned',
  'to-be-replaced',
  'withdrawn',
  'returned-and-withdrawn',
] as const;

const license = fc.record({
  product: fc.constantFrom(...CODES),
  place: fc.oneof({ arbitrary: fc.constant('held' as const), weight: 4 }, fc.constantFrom(...PLACES)),
  container: fc.nat(1),
  /** Belongs to the order that is cancelled, or to another one. */
  isCancelled: fc.oneof({ arbitrary: fc.constant(true), weight: 5 }, fc.constant(false)),
});
type Drawn = typeof license extends fc.Arbitrary<infer One> ? One : never;

type Placed = Drawn & { readonly id: string; readonly ticket: string };

/** Sells the licenses in the order of their products, which is the order of the answer. */
const sell = async (fixture: Fixture, drawn: readonly Drawn[]): Promise<Placed[]> => {
  const inOrder = CODES.flatMap((code) => drawn.filter(({ product }) => product === code));
  if (inOrder.length === 0) return [];
  const units = CODES.map((code) => [code, inOrder.filter(({ product }) => product === code).length] as const);
  const { ticket, licenses } = await fixture.sell(Object.fromEntries(units.filter(([, count]) => count > 0)));
  return inOrder.map((one, index) => ({ ...one, ticket, id: licenses[index] ?? '' }));
};

/** The licenses whose requirements are among them. */
const met = (placed: readonly Placed[]): readonly Placed[] => {
  const there = new Set(placed.map(({ product }) => product));
  const left = placed.filter(({ product }) => PRODUCTS[product]?.every((code) => there.has(code)));
  return left.length === placed.length ? left : met(left);
};

/** Two containers with these licenses, each in its place as far as the rules allow. */
const played = async (drawn: readonly Drawn[]): Promise<{ fixture: Fixture; sold: Sold }> => {
  const fixture = await newFixture();
  // A product can require only products that exist, and two of them require each other.
  for (const code of CODES) await fixture.product(code);
  for (const [code, requires] of Object.entries(PRODUCTS)) await fixture.product(code, requires);
  const cancelled = await sell(fixture, [FIRST, ...drawn.filter(({ isCancelled }) => isCancelled)]);
  const others = await sell(
    fixture,
    drawn.filter(({ isCancelled }) => !isCancelled),
  );
  const world = { fixture, dependencies: await fixture.runtime(), run: singleAttempt(seededRandom(1).bytes) };
  for (const number of [0, 1]) {
    const here = [...cancelled, ...others].filter(({ container }) => container === number);
    const held = met(here.filter(({ place }) => !['free', 'assigned', 'withdrawn'].includes(place)));
    await putIntoPlaces(world, await fixture.container(number), here, held);
  }
  return { fixture, sold: { ticket: cancelled[0]?.ticket ?? '', licenses: cancelled.map(({ id }) => id) } };
};

/** The order always has at least one license. */
const FIRST: Drawn = { product: 'basic', place: 'free', container: 0, isCancelled: true };

const putIntoPlaces = async (
  {
    fixture,
    dependencies,
    run,
  }: { readonly fixture: Fixture; readonly dependencies: Dependencies; readonly run: Attempt },
  serial: string,
  here: readonly Placed[],
  held: readonly Placed[],
): Promise<void> => {
  const reprogram = async (manual: Pick<WorkflowInput, 'activate' | 'deactivate'>): Promise<void> => {
    const input = await fixture.input(serial);
    const planned = await fixture.task('Plan', { ...input, ...manual, request: input.reprogramming }).catch(() => null);
    // Null: other licenses still require one that is to be returned.
    if (planned !== null) await fixture.rollForward(planned);
  };
  const at = (place: Drawn['place'], among: readonly Placed[]) => among.filter((one) => one.place === place);
  if (held.length > 0) {
    await reprogram({ activate: held.map(({ id, ticket }) => ({ ticket, license: id })), deactivate: [] });
    await fixture.confirm(serial, 1);
  }
  for (const { id } of at('withdrawn', here)) await withdrawLicense(dependencies, VENDOR, id, undefined, run);
  for (const { id } of at('assigned', here)) await assignLicense(dependencies, VENDOR, serial, id, undefined);
  for (const { id } of at('to-be-replaced', held)) await replaceLicense(dependencies, VENDOR, id, {}, run);
  const returned = [...at('returned', held), ...at('returned-and-withdrawn', held)];
  if (returned.length > 0) await reprogram({ activate: [], deactivate: returned.map(({ id }) => id) });
  for (const { id } of at('returned-and-withdrawn', held))
    await withdrawLicense(dependencies, VENDOR, id, undefined, run);
};

test.each([
  [
    'a few licenses',
    { maxLength: 14 },
    { times: byTier({ quick: 60, deep: 600 }), leastRefused: byTier({ quick: 1, deep: 10 }) },
  ],
  [
    'more than fit into one transaction',
    { minLength: 110, maxLength: 220 },
    { times: byTier({ quick: 1, deep: 20 }), leastRefused: 0 },
  ],
])('cancelling %s ends in the same items and events as withdrawing each license', async (_, many, runsOf) => {
  const totals = { withdrawn: 0, pending: 0, refused: 0 };
  const cancelled = fc.asyncProperty(fc.array(license, many), async (licenses) => {
    const together = await played(licenses);
    const oneByOne = await played(licenses);
    const response = await withdrawOrder(await together.fixture.runtime(), VENDOR, together.sold.ticket, undefined);
    expect(response).toEqual(await withdrawOneByOne(oneByOne.fixture, oneByOne.sold));
    expect(endOf(together.fixture)).toEqual(endOf(oneByOne.fixture));
    for (const kind of ['withdrawn', 'pending', 'refused'] as const) totals[kind] += response[kind].length;
  });
  await fc.assert(cancelled, runs(runsOf.times));
  // Otherwise the comparison would have covered none of them.
  expect(totals.withdrawn).toBeGreaterThan(0);
  expect(totals.pending).toBeGreaterThan(0);
  expect(totals.refused).toBeGreaterThanOrEqual(runsOf.leastRefused);
});
