import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { MAX_BULK_LICENSES } from '../../../domain/limits.ts';
import { BULK_ORDER_OPERATIONS } from '../../../functions/api/operations/bulk-orders.ts';
import { type BulkOrder, getBulkOrder, saveBulkOrder } from '../../../functions/store/bulk-order-item.ts';
import { orderTask } from '../../../functions/use-cases/bulk-orders/order-task.ts';
import { selectTask } from '../../../functions/use-cases/bulk-orders/select-task.ts';
import { continueTask, MAX_ROUNDS } from '../../../functions/use-cases/bulk-orders/task-round.ts';
import { retireContainer } from '../../../functions/use-cases/containers/retire-container.ts';
import { after, type Meanwhile, NOW, newScene, type Scene, type Sold, Stopped, transaction, VENDOR } from './scene.ts';

const ID = 'bulk';
const RUN = { bulkOrder: ID, run: 1, rounds: 0 };

const given = async (changes: Partial<BulkOrder> = {}): Promise<{ scene: Scene; sold: Sold; serial: string }> => {
  const scene = await newScene();
  await scene.product('basic');
  const sold = await scene.sell({ basic: 2 });
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
  expect(await saveBulkOrder(await scene.runtime(), bulk)).toBe(true);
  return { scene, sold, serial: await scene.container(0) };
};

const bulkOf = async (scene: Scene): Promise<BulkOrder> =>
  (await getBulkOrder(await scene.runtime(), ID)) ?? expect.fail('no bulk order');

const outcomes = ({ table }: Scene): unknown[] =>
  table.all().flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));

const selected = async (scene: Scene, meanwhile?: Meanwhile) => {
  for (let round = await selectTask(await scene.runtime(meanwhile), RUN); round.status === 'again'; ) {
    round = await selectTask(await scene.runtime(), RUN);
  }
};

const ordered = async (scene: Scene, meanwhile?: Meanwhile) => {
  let round = await orderTask(await scene.runtime(meanwhile), RUN);
  while (round.status === 'again') round = await orderTask(await scene.runtime(), RUN);
  return round;
};

const stop = (runtime: Parameters<typeof selectTask>[0]) =>
  BULK_ORDER_OPERATIONS.stopBulkOrder({ params: { id: ID }, query: {}, headers: {} } as never, runtime);

test('a selection that is late by a whole bulk order selects nothing again', async () => {
  const { scene } = await given();
  const happens = async () => {
    await selected(scene);
    await ordered(scene);
  };
  await selected(scene, { before: transaction, happens });
  expect(outcomes(scene)).toEqual(['withdrawn', 'withdrawn']);
  expect(await bulkOf(scene)).toMatchObject({ status: 'done', selected: 2, outcomes: { withdrawn: 2 } });
});

test('a license that two runs of a task give the order for has the result of the one that did it', async () => {
  const { scene } = await given();
  await selected(scene);
  await ordered(scene, { before: transaction, happens: () => ordered(scene) });
  expect(outcomes(scene)).toEqual(['withdrawn', 'withdrawn']);
});

test('a bulk order that is stopped while its licenses are counted is stopped', async () => {
  const { scene } = await given();
  await selected(scene);
  const happens = async () => void (await stop(await scene.runtime()));
  // Two orders, and then the count.
  await ordered(scene, { before: after(2, transaction), happens });
  expect(await bulkOf(scene)).toMatchObject({ status: 'stopped', outcomes: { withdrawn: 2 } });
});

test('a stop that is asked for while the bulk order goes on is asked for all the same', async () => {
  const { scene } = await given();
  await selected(scene);
  const happens = async () => {
    const bulk = await bulkOf(scene);
    expect(await saveBulkOrder(await scene.runtime(), { ...bulk, containers: 0 })).toBe(true);
  };
  expect((await stop(await scene.runtime({ before: transaction, happens }))).status).toBe(202);
  expect((await bulkOf(scene)).stopAskedAt).toBeDefined();
});

test('a run that hands on while a stop is asked for hands on all the same', async () => {
  const { scene } = await given();
  const happens = async () => void (await stop(await scene.runtime()));
  const last = { ...RUN, rounds: MAX_ROUNDS - 1 };
  expect((await continueTask(await scene.runtime({ before: transaction, happens }), last)).status).toBe('ended');
  expect(await bulkOf(scene)).toMatchObject({ run: 2 });
  expect((await bulkOf(scene)).stopAskedAt).toBeDefined();
});

test('a preview says that a container which is being retired takes no orders', async () => {
  const { scene, sold, serial } = await given({ preview: true });
  await scene.reprogram(serial, { activate: { from: sold, licenses: sold.licenses } });
  const stopped = () => Promise.reject(new Stopped());
  const runtime = await scene.runtime({ before: after(1, transaction), happens: stopped });
  const retired = retireContainer(runtime, VENDOR, serial, { licenses: 'withdraw', reason: 'gone' });
  await expect(retired).rejects.toBeInstanceOf(Stopped);
  await selected(scene);
  await ordered(scene);
  expect(await bulkOf(scene)).toMatchObject({ status: 'done', refusals: { 'container-retired': 2 } });
});

interface Put {
  readonly Item?: Readonly<Record<string, unknown>>;
  readonly ConditionExpression?: string;
}

const expectGuarded = ({ sent }: Scene): void => {
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

test('a bulk order is written over what was read, and a result over none', async () => {
  for (const action of ['withdraw', 'replace'] as const) {
    const { scene } = await given({ action });
    await selected(scene);
    await ordered(scene);
    expect(outcomes(scene)).toHaveLength(2);
    expectGuarded(scene);
  }
  const late = await given({ stopAskedAt: NOW.toISOString() });
  await selected(late.scene);
  expect(await bulkOf(late.scene)).toMatchObject({ status: 'stopped' });
  expectGuarded(late.scene);
  const large = await given({ selected: MAX_BULK_LICENSES });
  await selected(large.scene);
  expect(await bulkOf(large.scene)).toMatchObject({ status: 'refused' });
  expectGuarded(large.scene);
});
