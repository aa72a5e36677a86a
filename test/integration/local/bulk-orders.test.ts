import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { BULK_ORDER_OPERATIONS } from '../../../functions/api/operations/bulk-orders.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { type BulkOrder, getBulkOrder, saveBulkOrder } from '../../../functions/store/bulk-order-item.ts';
import { selectTask } from '../../../functions/use-cases/bulk-orders/select-task.ts';
import { createStreamHandler } from '../../../functions/use-cases/events/consume.ts';
import { startBulkOrderRunner } from '../../../local/bulk-orders.ts';
import { openExecutionJournal } from '../../../local/execution-journal.ts';
import { openDatabase } from '../../../table/index.ts';
import { NOW, newFixture } from '../../simulation/conditions/fixture.ts';

const ID = 'bulk';
const RUN = { bulkOrder: ID, run: 0, rounds: 0 };
const BULK: BulkOrder = {
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
  run: 0,
  createdAt: NOW.toISOString(),
  revision: 0,
};

/** A bulk order of two licenses, the engine that runs it, and the stream's consumer. */
const given = async () => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const { licenses } = await fixture.sell({ basic: 2 });
  const plain = await fixture.runtime();
  const send = async (command: never): Promise<unknown> => {
    await state.held;
    return plain.documents.send(command);
  };
  const atWork: Dependencies = { ...plain, documents: { send } as never };
  expect(await saveBulkOrder(plain, BULK, true)).toBe(true);
  const state = { isBroken: false, held: Promise.resolve(), told: [] as string[] };
  const started: string[] = [];
  const bulkOrders = startBulkOrderRunner({
    template: await stackTemplate(),
    journal: openExecutionJournal(openDatabase(undefined), 'bulk-orders', NOW.getTime()),
    dependencies: () => {
      if (state.isBroken) throw new Error('broken');
      return atWork;
    },
    notify: (message) => state.told.push(message),
    retryScale: 0,
  });
  onTestFinished(bulkOrders.close);
  const handle = createStreamHandler({
    dependencies: () => plain,
    deliveryRuns: { start: async () => 'running' },
    bulkRuns: {
      start(run, again) {
        started.push(again ?? 'run');
        return bulkOrders.runs.start(run, again);
      },
    },
  });
  return {
    ...fixture,
    plain,
    state,
    started,
    licenses,
    bulk: async (): Promise<BulkOrder> => (await getBulkOrder(plain, ID)) ?? expect.fail('no bulk order'),
    item: () => ({ ...fixture.table.get(`BULK-ORDER#${ID}`, 'BULK-ORDER') }),
    /** The records of a bulk order that the stream's consumer gets. */
    stream: async (item: object): Promise<void> => {
      const record = { eventName: 'MODIFY', dynamodb: { SequenceNumber: '1', NewImage: marshall(item) } };
      expect(await handle({ Records: [record] })).toEqual({ batchItemFailures: [] });
    },
    stop: () => BULK_ORDER_OPERATIONS.stopBulkOrder({ params: { id: ID }, query: {}, headers: {} } as never, plain),
  };
};

test.each(['selecting', 'ordering'])('a bulk order that failed while %s can be stopped', async (status) => {
  const { plain, state, bulk, licenses, license, item, stream, stop } = await given();
  const ordered = item();
  if (status === 'ordering') await selectTask(plain, RUN);
  expect((await bulk()).status).toBe(status);
  state.isBroken = true;
  await stream(ordered);
  // The state machine retries 1,000 times.
  await vi.waitFor(() => expect(state.told.at(-1)).toContain(`${ID}.0 failed:`), 60_000);
  state.isBroken = false;
  expect((await stop()).status).toBe(202);
  await stream(item());
  await vi.waitFor(async () => expect(await bulk()).toMatchObject({ status: 'stopped', outcomes: {} }), 60_000);
  for (const id of licenses) expect((await license(id)).standing.at).toBe('available');
  expect((await stop()).status).toBe(200);
});

test('a bulk order that failed after a request to stop is stopped by a second request', async () => {
  const { state, bulk, item, stream, stop } = await given();
  state.isBroken = true;
  await stop();
  await stream(item());
  await vi.waitFor(() => expect(state.told.at(-1)).toContain(`${ID}.0 failed:`), 60_000);
  state.isBroken = false;
  const { stopAskedAt } = await bulk();
  expect((await stop()).status).toBe(202);
  await stream(item());
  await vi.waitFor(async () => expect(await bulk()).toMatchObject({ status: 'stopped', stopAskedAt }), 60_000);
});

test('only its own execution stops a bulk order while that execution runs', async () => {
  const { bulk, state, started, item, stream, stop } = await given();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.held = promise;
  await stream(item());
  await stop();
  await stream(item());
  resolve();
  await vi.waitFor(async () => expect((await bulk()).status).toBe('stopped'), 60_000);
  expect(started).toEqual(['run', 'run']);
});
