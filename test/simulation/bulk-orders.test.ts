/** A bulk order whose calls interleave with other requests, each call released by the test. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { BulkExecution, BulkTaskResult } from '../../contract/tasks.ts';
import { MAX_BULK_LICENSES } from '../../domain/limits.ts';
import { SELECT_LICENSES } from '../../functions/use-cases/bulk-orders/select-task.ts';
import { MAX_ROUNDS } from '../../functions/use-cases/bulk-orders/task-round.ts';
import { ask, carryOut, type Fixture, give, licensesOf, newFixture, perform, reprogram, sell } from './bulk-fixture.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import { TABLE_NAME } from './world.ts';

afterAll(useSynchronousCrypto());

let fixture: Fixture;
let run: BulkExecution;
const WITHDRAWAL = { action: 'withdraw', query: { customer: 'customer' } };
const order = async (body: object = WITHDRAWAL): Promise<void> => {
  await perform(fixture, async () => {
    run = { bulkOrder: await give(fixture, body), run: 0, rounds: 0 };
  });
};
beforeEach(async () => {
  fixture = await newFixture();
});

const head = () => fixture.world.table.get(`BULK-ORDER#${run.bulkOrder}`, 'BULK-ORDER') ?? {};
const rows = () => fixture.world.table.partition(`BULK-ORDER#${run.bulkOrder}`).filter(({ sk }) => sk !== 'BULK-ORDER');
const patch = (changes: object): void => {
  fixture.world.table.send(new PutCommand({ TableName: TABLE_NAME, Item: { ...head(), ...changes } }));
};
const stepOf = async (task: 'Select' | 'Order', input: BulkExecution): Promise<BulkTaskResult> => {
  let round: BulkTaskResult | undefined;
  await perform(fixture, async () => {
    const result = await fixture.world.startBulkTask({ task, input });
    if (result.kind === 'failed') throw new Error(result.error);
    round = result.value as BulkTaskResult;
  });
  if (round === undefined) throw new Error('The task did not end');
  return round;
};

test('a license sold after a bulk order is left alone, even when the selection starts later', async () => {
  await order();
  fixture.world.scheduler.advance(1_000);
  await perform(fixture, () => sell(fixture, 'third', { basic: 2 }));
  await perform(fixture, () => carryOut(fixture, run));
  expect(head()).toMatchObject({ status: 'done', selected: 8 });
  expect(new Set(rows().map(({ orderId }) => orderId))).toEqual(new Set(['first', 'second']));
});

test('a license sold before a bulk order is selected once', async () => {
  await order();
  await perform(fixture, () => carryOut(fixture, run));
  expect(
    rows()
      .map(({ license }) => license)
      .sort(),
  ).toEqual([...new Set(rows().map(({ license }) => license))].sort());
  expect(rows()).toHaveLength(8);
});

test('a license that moves between an interrupted selection and its retry is selected once', async () => {
  for (let at = 0; ; at++) {
    fixture = await newFixture();
    await order();
    await perform(fixture, async () => void (await fixture.world.startBulkTask({ task: 'Select', input: run })), [
      { at, kind: 'stop-after' },
    ]);
    if (!fixture.world.scheduler.hasFaultFired()) break;
    const [, , , moving = ''] = licensesOf(fixture, 'first');
    await reprogram(fixture, [moving], []);
    await perform(fixture, () => carryOut(fixture, run));
    const selected = rows().map(({ license }) => license);
    expect(selected).toContain(moving);
    expect(new Set(selected).size, `stopped after call ${at}`).toBe(selected.length);
    expect(head()).toMatchObject({ status: 'done', selected: selected.length });
  }
});

test('a bulk order stopped before its first vendor action orders nothing, and its report shows what is open', async () => {
  await order();
  expect((await stepOf('Select', run)).status).toBe('selected');
  const params = { id: run.bulkOrder };
  await perform(fixture, async () => void (await ask(fixture, { name: 'stopBulkOrder', params })));
  expect(await stepOf('Order', run)).toMatchObject({ status: 'ended' });
  expect(head()).toMatchObject({ status: 'stopped', outcomes: {} });
  expect(rows().map(({ outcome }) => outcome)).toEqual(Array(8).fill('open'));
  await perform(fixture, async () => {
    const shown = await ask(fixture, { name: 'getBulkOrder', params });
    expect(shown).toMatchObject({ status: 'stopped', progress: { selected: 8, open: 8, refused: 0 } });
  });
});

test('a bulk order stopped while it selects orders nothing', async () => {
  await order();
  await perform(
    fixture,
    async () => void (await ask(fixture, { name: 'stopBulkOrder', params: { id: run.bulkOrder } })),
  );
  expect(await stepOf('Select', run)).toMatchObject({ status: 'ended' });
  expect(head()).toMatchObject({ status: 'stopped', selected: 0 });
});

test('an execution near its history limit starts the next one, which continues where it ended', async () => {
  await perform(fixture, () => sell(fixture, 'large', { basic: SELECT_LICENSES + 10 }));
  await order();
  const last = { ...run, rounds: MAX_ROUNDS - 1 };
  expect(await stepOf('Select', last)).toMatchObject({ status: 'ended' });
  expect(head()).toMatchObject({ status: 'selecting', selected: SELECT_LICENSES, run: 1, wantedRun: 1 });
  // A late event of the old execution finds that the next execution has the bulk order.
  expect(await stepOf('Select', run)).toMatchObject({ status: 'ended' });
  expect(head()).toMatchObject({ status: 'selecting', selected: SELECT_LICENSES });
  expect(await stepOf('Select', { ...run, run: 1 })).toMatchObject({ status: 'selected' });
  expect(head()).toMatchObject({ status: 'ordering', selected: SELECT_LICENSES + 18 });
  expect(head()).not.toHaveProperty('wantedRun');
});

test('a selection above the limit is refused as a whole, and nothing is ordered', async () => {
  await order();
  patch({ selected: MAX_BULK_LICENSES - 7 });
  expect(await stepOf('Select', run)).toMatchObject({ status: 'ended' });
  expect(head()).toMatchObject({ status: 'refused', problem: { code: 'invalid-request' } });
  expect(head()['problem']).toMatchObject({ detail: expect.stringContaining('100,000') });
  expect(rows()).toEqual([]);
});

test('a selection of exactly the limit is accepted', async () => {
  await order();
  patch({ selected: MAX_BULK_LICENSES - 8 });
  await stepOf('Select', run);
  expect(head()).toMatchObject({ status: 'ordering', selected: MAX_BULK_LICENSES });
});

test('a task that runs a second time, or after the end, changes nothing', async () => {
  await order();
  await stepOf('Select', run);
  await stepOf('Order', run);
  const before = fixture.world.table.all();
  for (const task of ['Select', 'Order'] as const) expect((await stepOf(task, run)).status).toBe('ended');
  expect(fixture.world.table.all()).toEqual(before);
});

test('two concurrent tasks order each license once and count it once', async () => {
  await order();
  await stepOf('Select', run);
  await perform(fixture, async () => {
    const both = [1, 2].map(() => fixture.world.startBulkTask({ task: 'Order', input: run }));
    for (const result of await Promise.all(both)) expect(result).toMatchObject({ kind: 'returned' });
  });
  const events = fixture.world.table.all().flatMap(({ entries }) => (Array.isArray(entries) ? entries : []));
  const response = events.filter(({ type }) => type === 'withdrawal.ordered' || type === 'license.withdrawn');
  // The replacement of the add-on is cancelled, which has an event of its own.
  expect(response).toHaveLength(9);
  expect(head()).toMatchObject({ status: 'done', outcomes: { withdrawn: 3, pending: 5 } });
});
