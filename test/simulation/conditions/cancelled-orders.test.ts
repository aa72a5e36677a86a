import { BatchGetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import type { PlannedWork } from '../../../contract/tasks.ts';
import { MAX_PENDING_ACTIONS } from '../../../domain/limits.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { loadContainer } from '../../../functions/use-cases/containers/container.ts';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { assignLicense } from '../../../functions/use-cases/licenses/assign.ts';
import { cancelVendorAction } from '../../../functions/use-cases/licenses/cancel.ts';
import { replaceLicense } from '../../../functions/use-cases/licenses/replace.ts';
import { withdrawLicense } from '../../../functions/use-cases/licenses/withdraw.ts';
import { type OrderWithdrawal, withdrawOrder } from '../../../functions/use-cases/licenses/withdraw-order.ts';
import {
  after,
  anyAttempt,
  batchRead,
  type Fixture,
  newFixture,
  type Sold,
  Stopped,
  transaction,
  VENDOR,
} from './fixture.ts';

const given = async (
  units: Readonly<Record<string, number>>,
): Promise<{ fixture: Fixture; sold: Sold; serial: string }> => {
  const fixture = await newFixture();
  for (const code of Object.keys(units)) await fixture.product(code, code === 'addon' ? ['basic'] : []);
  return { fixture, sold: await fixture.sell(units), serial: await fixture.container(0) };
};

const all = (sold: Sold) => ({ activate: { from: sold, licenses: sold.licenses } });
const some = (sold: Sold, ...licenses: readonly string[]) => ({ activate: { from: sold, licenses } });
const cancel = (dependencies: Dependencies, { ticket }: Sold): Promise<OrderWithdrawal> =>
  withdrawOrder(dependencies, VENDOR, ticket, 'why');

/** Types of the events of each license, except its delivery and its collection. */
const response = ({ table }: Fixture): Record<string, string[]> => {
  const events = table.all().flatMap(({ entries }) => (Array.isArray(entries) ? entries : []));
  const ordered = events.filter(({ type }) => /^(withdrawal|license[.]withdrawn)/.test(type));
  return Object.fromEntries(
    [...Map.groupBy(ordered, ({ license }) => license)].map(([id, its]) => [id, its.map(({ type }) => type)]),
  );
};
const each = (licenses: readonly string[], type: string) => Object.fromEntries(licenses.map((id) => [id, [type]]));

/** The sizes of the transactions that the cancellation sends. */
const transactionsOf = async (fixture: Fixture, action: () => Promise<unknown>): Promise<number[]> => {
  const before = fixture.sent.length;
  await action();
  return fixture.sent
    .slice(before)
    .flatMap((command) => (command instanceof TransactWriteCommand ? [command.input.TransactItems?.length ?? 0] : []));
};

test.each([
  [1, [2]],
  [98, [99]],
  [99, [99, 2]],
  [196, [99, 99]],
])(
  '%i available licenses take transactions of %j items, and a second cancellation writes nothing',
  async (count, sizes) => {
    const { fixture, sold } = await given({ basic: count });
    const runtime = await fixture.runtime();
    expect(await transactionsOf(fixture, () => cancel(runtime, sold))).toEqual(sizes);
    expect(response(fixture)).toEqual(each(sold.licenses, 'license.withdrawn'));
    expect(await transactionsOf(fixture, () => cancel(runtime, sold))).toEqual([]);
  },
);

test.each([
  [1, [4]],
  [49, [100]],
  [50, [100, 4]],
  [98, [100, 100]],
])(
  '%i licenses in one container take transactions of %j items, and a second cancellation writes nothing',
  async (count, sizes) => {
    const { fixture, sold, serial } = await given({ basic: count });
    await fixture.reprogram(serial, all(sold));
    const runtime = await fixture.runtime();
    const expected = { withdrawn: [], pending: sold.licenses, refused: [] };
    expect(await transactionsOf(fixture, async () => expect(await cancel(runtime, sold)).toEqual(expected))).toEqual(
      sizes,
    );
    expect(fixture.head(serial).pendingCount).toBe(count);
    expect(response(fixture)).toEqual(each(sold.licenses, 'withdrawal.ordered'));
    expect(await transactionsOf(fixture, async () => expect(await cancel(runtime, sold)).toEqual(expected))).toEqual(
      [],
    );
  },
);

test('superseded replacements are counted in the size of a transaction', async () => {
  const { fixture, sold, serial } = await given({ basic: 40 });
  await fixture.reprogram(serial, all(sold));
  const runtime = await fixture.runtime();
  for (const license of sold.licenses) await replaceLicense(runtime, VENDOR, license, {}, anyAttempt);
  expect(await transactionsOf(fixture, () => cancel(runtime, sold))).toEqual([98, 26]);
  expect(Object.keys(response(fixture))).toHaveLength(80);
  expect(fixture.head(serial).pendingCount).toBe(40);
});

test('the container is read as often for a hundred licenses as for one', async () => {
  const readsFor = async (count: number): Promise<number> => {
    const { fixture, sold, serial } = await given({ basic: count });
    await fixture.reprogram(serial, all(sold));
    const runtime = await fixture.runtime();
    const before = fixture.sent.length;
    await cancel(runtime, sold);
    const reads = fixture.sent.slice(before);
    return reads.filter((command) => command instanceof QueryCommand || command instanceof BatchGetCommand).length;
  };
  expect(await readsFor(100)).toBe(await readsFor(1));
});

test('the state assumed after each transaction is the state in the table', async () => {
  const { fixture, sold, serial } = await given({ basic: 60, addon: 60 });
  const [assigned = ''] = sold.licenses;
  await fixture.reprogram(serial, some(sold, ...sold.licenses.slice(1)));
  await assignLicense(await fixture.runtime(), VENDOR, serial, assigned, undefined);
  expect((await cancel(await fixture.runtime(), sold)).refused).toEqual([]);
  const { head, entries } = await loadContainer(await fixture.runtime(), serial);
  expect(head.pendingCount).toBe(119);
  expect(entries.has(assigned)).toBe(false);
  expect([...entries.values()].filter(({ pending }) => pending?.action === 'withdraw')).toHaveLength(119);
});

test('W1 licenses collected while the order is cancelled are earmarked and stay on the ticket', async () => {
  const { fixture, sold, serial } = await given({ basic: 3 });
  const [first = ''] = sold.licenses;
  const meanwhile = () => fixture.reprogram(serial, some(sold, first));
  const outcome = await cancel(await fixture.runtime({ before: transaction, meanwhile }), sold);
  expect(outcome).toEqual({ withdrawn: sold.licenses.slice(1), pending: [first], refused: [] });
  expect((await fixture.license(first)).standing).toMatchObject({ at: 'collected', earmark: { action: 'withdraw' } });
});

test('Q7 a license that another one requires since the cancellation began is refused, and the rest is withdrawn', async () => {
  const { fixture, sold, serial } = await given({ basic: 60 });
  await fixture.product('addon', ['basic']);
  const other = await fixture.sell({ addon: 1 });
  const [addon = ''] = other.licenses;
  await fixture.reprogram(serial, all(sold));
  await fixture.confirm(serial, 1);
  const meanwhile = async () =>
    expect((await assignLicense(await fixture.runtime(), VENDOR, serial, addon, undefined)).kind).toBe('done');
  // Between its two transactions.
  const outcome = await cancel(await fixture.runtime({ before: after(1, transaction), meanwhile }), sold);
  expect(outcome.pending).toEqual(sold.licenses.slice(0, -1));
  expect(outcome.refused).toMatchObject([
    { license: sold.licenses.at(-1), refusal: { code: 'dependency-violation', dependents: [addon] } },
  ]);
});

test('W6 a withdrawal that is cancelled between two transactions of the order stays cancelled', async () => {
  const { fixture, sold, serial } = await given({ basic: 60 });
  const [first = ''] = sold.licenses;
  await fixture.reprogram(serial, all(sold));
  const meanwhile = async () =>
    expect((await cancelVendorAction(await fixture.runtime(), VENDOR, first, 'withdraw')).kind).toBe('done');
  const outcome = await cancel(await fixture.runtime({ before: after(1, transaction), meanwhile }), sold);
  expect(outcome.pending).toEqual(sold.licenses);
  expect((await fixture.license(first)).standing).not.toHaveProperty('earmark');
  const { entries } = await loadContainer(await fixture.runtime(), serial);
  expect([...entries.values()].filter(({ pending }) => pending !== undefined)).toHaveLength(59);
});

test('W5 licenses whose return is settled while the order is cancelled are withdrawn at once', async () => {
  const { fixture, sold, serial } = await given({ basic: 3 });
  await fixture.reprogram(serial, all(sold));
  await fixture.confirm(serial, 1);
  await fixture.reprogram(serial, { deactivate: sold.licenses });
  const meanwhile = () => fixture.confirm(serial, 2);
  const outcome = await cancel(await fixture.runtime({ before: transaction, meanwhile }), sold);
  expect(outcome).toEqual({ withdrawn: sold.licenses, pending: [], refused: [] });
  expect(response(fixture)).toEqual(each(sold.licenses, 'license.withdrawn'));
});

test('T5 two concurrent cancellations of one order emit one event per license', async () => {
  for (const isHeld of [false, true]) {
    const { fixture, sold, serial } = await given({ basic: 110 });
    if (isHeld) await fixture.reprogram(serial, all(sold));
    const meanwhile = async () => cancel(await fixture.runtime(), sold);
    const outcome = await cancel(await fixture.runtime({ before: after(1, transaction), meanwhile }), sold);
    expect(outcome[isHeld ? 'pending' : 'withdrawn']).toEqual(sold.licenses);
    expect(response(fixture)).toEqual(each(sold.licenses, isHeld ? 'withdrawal.ordered' : 'license.withdrawn'));
  }
});

test('a license replaced while the order is cancelled has its replacement withdrawn', async () => {
  const { fixture, sold } = await given({ basic: 3 });
  const [, second = ''] = sold.licenses;
  const meanwhile = async () => replaceLicense(await fixture.runtime(), VENDOR, second, {}, anyAttempt);
  const outcome = await cancel(await fixture.runtime({ before: transaction, meanwhile }), sold);
  const { successor = '' } = await fixture.license(second);
  expect(outcome.withdrawn.toSorted()).toEqual([...sold.licenses.filter((id) => id !== second), successor].sort());
  expect(outcome.refused).toEqual([]);
  expect((await fixture.license(successor)).standing).toEqual({ at: 'withdrawn' });
});

test('T7 a container that is being retired refuses its licenses, and the others are withdrawn', async () => {
  const { fixture, sold, serial } = await given({ basic: 4 });
  const [one = '', two = '', three = '', free = ''] = sold.licenses;
  const rival = await fixture.container(1);
  await fixture.reprogram(serial, some(sold, one, two));
  await fixture.reprogram(rival, some(sold, three));
  const stop = () => Promise.reject(new Stopped());
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile: stop });
  const retired = retireContainer(runtime, VENDOR, serial, { licenses: 'withdraw', reason: 'gone' });
  await expect(retired).rejects.toBeInstanceOf(Stopped);
  const refusal = { code: 'container-retired', container: serial };
  expect(await cancel(await fixture.runtime(), sold)).toEqual({
    withdrawn: [free],
    pending: [three],
    refused: [one, two].map((license) => ({ license, refusal })),
  });
});

test('a container that stays locked refuses all its licenses after one wait, and the others are withdrawn', async () => {
  const { fixture, sold, serial } = await given({ basic: 4 });
  const [one = '', two = '', moving = '', free = ''] = sold.licenses;
  await fixture.reprogram(serial, some(sold, one, two));
  await fixture.task('Plan', await fixture.input(serial, some(sold, moving)));
  let slept = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    slept += milliseconds;
  };
  const { withdrawn, refused } = await cancel({ ...(await fixture.runtime()), sleep }, sold);
  expect(withdrawn).toEqual([free]);
  expect(refused.map(({ license, refusal }) => [license, refusal.code])).toEqual(
    [one, two, moving].map((license) => [license, 'reprogramming-in-flight']),
  );
  expect(slept).toBeLessThan(10_000);
});

test('the cancellation waits for a license that a reprogramming plans meanwhile', async () => {
  const { fixture, sold, serial } = await given({ basic: 1 });
  const [assigned = ''] = sold.licenses;
  await assignLicense(await fixture.runtime(), VENDOR, serial, assigned, undefined);
  let planned: PlannedWork | null = null;
  const meanwhile = async () => {
    await cancelVendorAction(await fixture.runtime(), VENDOR, assigned, 'assign', serial);
    planned = await fixture.task('Plan', await fixture.input(serial, some(sold, assigned)));
  };
  // The container is read, and then the licenses.
  const runtime = await fixture.runtime({ before: batchRead, meanwhile });
  const sleep = async (): Promise<void> => {
    if (planned !== null) await fixture.rollForward(planned);
    planned = null;
  };
  const outcome = await cancel({ ...runtime, sleep }, sold);
  expect(outcome).toEqual({ withdrawn: [], pending: sold.licenses, refused: [] });
});

test('a container gets no more pending actions than the limit; further licenses are refused as they are one by one', async () => {
  const { fixture, sold, serial } = await given({ basic: MAX_PENDING_ACTIONS + 2 });
  await fixture.reprogram(serial, some(sold, ...sold.licenses.slice(0, -2)));
  await fixture.reprogram(serial, some(sold, ...sold.licenses.slice(-2)));
  const { withdrawn, pending, refused } = await cancel(await fixture.runtime(), sold);
  expect(withdrawn).toEqual([]);
  expect(pending).toEqual(sold.licenses.slice(0, -2));
  const [last = ''] = sold.licenses.slice(-1);
  const single = await withdrawLicense(await fixture.runtime(), VENDOR, last, 'why', anyAttempt);
  expect(refused.at(-1)).toEqual({ license: last, refusal: 'refusal' in single ? single.refusal : undefined });
  expect(refused.map(({ refusal }) => refusal.code)).toEqual(['too-many-outstanding', 'too-many-outstanding']);
});
