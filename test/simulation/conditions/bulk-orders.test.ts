import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { MAX_BULK_LICENSES } from '../../../domain/limits.ts';
import { BULK_ORDER_OPERATIONS } from '../../../functions/api/operations/bulk-orders.ts';
import { type BulkOrder, getBulkOrder, saveBulkOrder } from '../../../functions/store/bulk-order-item.ts';
import { orderTask } from '../../../functions/use-cases/bulk-orders/order-task.ts';
import { selectTask } from '../../../functions/use-cases/bulk-orders/select-task.ts';
import { continueTask, MAX_ROUNDS } from '../../../functions/use-cases/bulk-orders/task-round.ts';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import {
  after,
  type Fixture,
  NOW,
  newFixture,
  type Pause,
  type Sold,
  Stopped,
  transaction,
  VENDOR,
} from './fixture.ts';

const ID = 'bulk';
const RUN = { bulkOrder: ID, run: 1, rounds: 0 };

const given = async (changes: Partial<BulkOrder> = {}): Promise<{ fixture: Fixture; sold: Sold; serial: string }> => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const sold = await fixture.sell({ basic: 2 });
  const bulk: BulkOrder = {
    id: ID,
    action: 'withdraw',
    query: { product: 'basic' },
    preview: false,
    status: 'selecting',
    selected: 0,
    states: {},
    outcomes: {},
    refusals: {},
    containers: 0,
    run: 1,
    createdAt: NOW.toISOString(),
    revision: 0,
    ...changes,
  };
  expect(await saveBulkOrder(await fixture.runtime(), bulk)).toBe(true);
  return { fixture, sold, serial: await fixture.container(0) };
};

const bulkOf = async (fixture: Fixture): Promise<BulkOrder> =>
  (await getBulkOrder(await fixture.runtime(), ID)) ?? expect.fail('no bulk order');

const outcomes = ({ table }: Fixture): unknown[] =>
  table.all().flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));

const selected = async (fixture: Fixture, pause?: Pause) => {
  for (let round = await selectTask(await fixture.runtime(pause), RUN); round.status === 'again'; ) {
    round = await selectTask(await fixture.runtime(), RUN);
  }
};

const ordered = async (fixture: Fixture, pause?: Pause) => {
  let round = await orderTask(await fixture.runtime(pause), RUN);
  while (round.status === 'again') round = await orderTask(await fixture.runtime(), RUN);
  return round;
};

const stop = (runtime: Parameters<typeof selectTask>[0]) =>
  BULK_ORDER_OPERATIONS.stopBulkOrder({ params: { id: ID }, query: {}, headers: {} } as never, runtime);

test('a selection that runs again after the whole bulk order selects nothing', async () => {
  const { fixture } = await given();
  const meanwhile = async () => {
    await selected(fixture);
    await ordered(fixture);
  };
  await selected(fixture, { before: transaction, meanwhile });
  expect(outcomes(fixture)).toEqual(['withdrawn', 'withdrawn']);
  expect(await bulkOf(fixture)).toMatchObject({ status: 'done', selected: 2, outcomes: { withdrawn: 2 } });
});

test('a license that two runs of a task order has the result of the run that wrote', async () => {
  const { fixture } = await given();
  await selected(fixture);
  await ordered(fixture, { before: transaction, meanwhile: () => ordered(fixture) });
  expect(outcomes(fixture)).toEqual(['withdrawn', 'withdrawn']);
});

test('a bulk order stopped while its licenses are counted stays stopped', async () => {
  const { fixture } = await given();
  await selected(fixture);
  const meanwhile = async () => void (await stop(await fixture.runtime()));
  // Two vendor actions, and then the count.
  await ordered(fixture, { before: after(2, transaction), meanwhile });
  expect(await bulkOf(fixture)).toMatchObject({ status: 'stopped', outcomes: { withdrawn: 2 } });
});

test('a stop requested while the bulk order changes is stored', async () => {
  const { fixture } = await given();
  await selected(fixture);
  const meanwhile = async () => {
    const bulk = await bulkOf(fixture);
    expect(await saveBulkOrder(await fixture.runtime(), { ...bulk, containers: 0 })).toBe(true);
  };
  expect((await stop(await fixture.runtime({ before: transaction, meanwhile }))).status).toBe(202);
  expect((await bulkOf(fixture)).stopAskedAt).toBeDefined();
});

test('a run that starts the next execution while a stop is requested still starts it', async () => {
  const { fixture } = await given();
  const meanwhile = async () => void (await stop(await fixture.runtime()));
  const last = { ...RUN, rounds: MAX_ROUNDS - 1 };
  expect((await continueTask(await fixture.runtime({ before: transaction, meanwhile }), last)).status).toBe('ended');
  expect(await bulkOf(fixture)).toMatchObject({ run: 2 });
  expect((await bulkOf(fixture)).stopAskedAt).toBeDefined();
});

test('a preview reports that a container which is being retired accepts no vendor actions', async () => {
  const { fixture, sold, serial } = await given({ preview: true });
  await fixture.reprogram(serial, { activate: { from: sold, licenses: sold.licenses } });
  const stopped = () => Promise.reject(new Stopped());
  const runtime = await fixture.runtime({ before: after(1, transaction), meanwhile: stopped });
  const retired = retireContainer(runtime, VENDOR, serial, { licenses: 'withdraw', reason: 'gone' });
  await expect(retired).rejects.toBeInstanceOf(Stopped);
  await selected(fixture);
  await ordered(fixture);
  expect(await bulkOf(fixture)).toMatchObject({ status: 'done', refusals: { 'container-retired': 2 } });
});

interface Put {
  readonly Item?: Readonly<Record<string, unknown>>;
  readonly ConditionExpression?: string;
}

const expectGuarded = ({ sent }: Fixture): void => {
  const puts = sent
    .filter((command) => command instanceof TransactWriteCommand)
    .flatMap(({ input }) => (input.TransactItems ?? []).flatMap((write) => (write.Put as Put | undefined) ?? []));
  const bulk = puts.filter(({ Item }) => Item?.['id'] === ID);
  const results = puts.filter(({ Item }) => Item?.['outcome'] !== undefined && Item['outcome'] !== 'open');
  expect(bulk.length).toBeGreaterThan(1);
  const first = bulk.slice(0, 1).map(({ ConditionExpression }) => ConditionExpression);
  expect(first).toEqual(['attribute_not_exists(pk)']);
  for (const { ConditionExpression } of bulk.slice(1)) expect(ConditionExpression).toBe('revision = :read');
  for (const { ConditionExpression } of results) expect(ConditionExpression).toBe('outcome = :open');
};

test('a bulk order is written with the revision that was read, and a result only where none is stored', async () => {
  for (const action of ['withdraw', 'replace'] as const) {
    const { fixture } = await given({ action });
    await selected(fixture);
    await ordered(fixture);
    expect(outcomes(fixture)).toHaveLength(2);
    expectGuarded(fixture);
  }
  const late = await given({ stopAskedAt: NOW.toISOString() });
  await selected(late.fixture);
  expect(await bulkOf(late.fixture)).toMatchObject({ status: 'stopped' });
  expectGuarded(late.fixture);
  const large = await given({ selected: MAX_BULK_LICENSES });
  await selected(large.fixture);
  expect(await bulkOf(large.fixture)).toMatchObject({ status: 'refused' });
  expectGuarded(large.fixture);
});
