import { expect, test } from 'vitest';
import { RECEIPT_OVERDUE_DAYS, RECEIPT_TIMEOUT_SECONDS } from '../../../contract/tasks.ts';
import { reportOverdueReceipts } from '../../../functions/use-cases/reprogramming/overdue-receipts.ts';
import { runTask } from '../../../functions/use-cases/reprogramming/task-handler.ts';
import { NOW, newFixture } from './fixture.ts';

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const OVERDUE = RECEIPT_OVERDUE_DAYS * DAY;
const WAIT = RECEIPT_TIMEOUT_SECONDS * SECOND;

async function issued() {
  const fixture = await newFixture();
  await fixture.product('basic');
  const sold = await fixture.sell({ basic: 1 });
  const serial = await fixture.container(0);
  const input = await fixture.reprogram(serial, { activate: { from: sold, licenses: sold.licenses } });
  const at = async (milliseconds: number) => ({
    ...(await fixture.runtime()),
    now: () => new Date(NOW.getTime() + milliseconds),
  });
  return {
    fixture,
    serial,
    /** What the execution does when its wait has ended, so long after the start. */
    endWait: async (milliseconds: number) => runTask(await at(milliseconds), { task: 'ReportOverdue', input }),
    daily: async (milliseconds: number) => reportOverdueReceipts(await at(milliseconds)),
    events: (): unknown[] =>
      fixture.table.all().filter(({ entries }) => JSON.stringify(entries)?.includes('receipt.overdue')),
    waiting: (): unknown[] => fixture.table.all().filter(({ pk }) => pk === 'LATE-RECEIPTS'),
  };
}

test('T5 a receipt is reported as overdue once per 20 days, however often the task and the daily run repeat', async () => {
  const { endWait, daily, events } = await issued();
  for (const late of [0, SECOND, DAY]) await endWait(WAIT + late);
  expect(await daily(OVERDUE - SECOND)).toBe(0);
  expect(events()).toEqual([]);
  expect(await daily(OVERDUE + SECOND)).toBe(1);
  // A task of an execution that a release before started can come as late as this.
  await endWait(OVERDUE + SECOND);
  for (const late of [2 * SECOND, 10 * DAY]) expect(await daily(OVERDUE + late)).toBe(0);
  expect(events()).toHaveLength(1);
  expect(await daily(2 * OVERDUE + DAY)).toBe(1);
  expect(events()).toHaveLength(2);
});

test('two daily runs at once report an overdue receipt once', async () => {
  const { endWait, daily, events } = await issued();
  await endWait(WAIT);
  await Promise.all([daily(OVERDUE + SECOND), daily(OVERDUE + SECOND)]);
  expect(events()).toHaveLength(1);
});

test('T5 a receipt that arrives after its execution has ended is not reported, and nothing waits for it any more', async () => {
  const { fixture, serial, endWait, daily, events, waiting } = await issued();
  await endWait(WAIT);
  expect(waiting()).toHaveLength(1);
  await fixture.confirm(serial, 1);
  expect(await daily(OVERDUE + SECOND)).toBe(0);
  expect(events()).toEqual([]);
  expect(waiting()).toEqual([]);
});

test('a wait that ends because its receipt was applied before leaves nothing to the daily run', async () => {
  const { fixture, serial, endWait, waiting } = await issued();
  await fixture.confirm(serial, 1);
  await endWait(WAIT);
  expect(waiting()).toEqual([]);
});
