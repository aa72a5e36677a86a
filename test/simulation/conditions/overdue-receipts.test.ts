import { expect, test } from 'vitest';
import { RECEIPT_TIMEOUT_SECONDS } from '../../../contract/tasks.ts';
import { runTask } from '../../../functions/use-cases/reprogramming/task-handler.ts';
import { NOW, newFixture } from './fixture.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const WAIT = RECEIPT_TIMEOUT_SECONDS * SECOND;

test('T5 a receipt is reported as overdue once per wait, however often the task runs', async () => {
  const fixture = await newFixture();
  await fixture.product('basic');
  const sold = await fixture.sell({ basic: 1 });
  const serial = await fixture.container(0);
  const input = await fixture.reprogram(serial, { activate: { from: sold, licenses: sold.licenses } });
  const report = async (milliseconds: number): Promise<void> => {
    const runtime = { ...(await fixture.runtime()), now: () => new Date(NOW.getTime() + milliseconds) };
    await runTask(runtime, { task: 'ReportOverdue', input });
  };
  const response = (): unknown[] =>
    fixture.table.all().filter(({ entries }) => JSON.stringify(entries)?.includes('receipt.overdue'));
  // By another machine's clock a wait can end before its time; a retried task can find it long over.
  await report(WAIT - SECOND);
  const first = response();
  expect(first).toHaveLength(1);
  for (const late of [SECOND, 36 * HOUR]) await report(WAIT + late);
  expect(response()).toEqual(first);
  for (const late of [-SECOND, SECOND, 36 * HOUR]) await report(2 * WAIT + late);
  expect(response()).toHaveLength(2);
  await fixture.confirm(serial, 1);
  await report(3 * WAIT);
  expect(response()).toHaveLength(2);
});
