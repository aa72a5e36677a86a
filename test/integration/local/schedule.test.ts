import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ScheduleOptions, startSchedule } from '../../../local/schedule.ts';
import { type ManualClock, manualClock } from '../../harness/manual-clock.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const HOUR_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;

function start(clock: ManualClock, more: Partial<ScheduleOptions> = {}) {
  const response: string[] = [];
  let runs = 0;
  const schedule = startSchedule({
    everyMilliseconds: DAY_MILLISECONDS,
    clock,
    lastRun: undefined,
    run: async () => {
      runs += 1;
    },
    notify: (message) => response.push(message),
    ...more,
  });
  onTestFinished(schedule.close);
  return { schedule, response, runs: () => runs };
}

/** Gives a started run the time to end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('the first run starts after one period, and each further run one period later', async () => {
  const clock = manualClock();
  const { runs } = start(clock);
  clock.advance(DAY_MILLISECONDS - 1);
  expect(runs()).toBe(0);
  clock.advance(1);
  expect(runs()).toBe(1);
  await settle();
  clock.advance(DAY_MILLISECONDS - 1);
  expect(runs()).toBe(1);
  clock.advance(1);
  expect(runs()).toBe(2);
});

test('a restart does not delay a run, and a missed run starts at the next start', async () => {
  const clock = manualClock();
  const lastRun = join(temporaryFolder(), 'schedule.json');
  const first = start(clock, { lastRun });
  clock.advance(20 * HOUR_MILLISECONDS);
  await first.schedule.close();
  const second = start(clock, { lastRun });
  clock.advance(4 * HOUR_MILLISECONDS);
  expect([first.runs(), second.runs()]).toEqual([0, 1]);
  await settle();
  await second.schedule.close();

  clock.advance(5 * DAY_MILLISECONDS);
  const third = start(clock, { lastRun });
  clock.advance(0);
  expect(third.runs()).toBe(1);
  await settle();
  clock.advance(DAY_MILLISECONDS - 1);
  expect(third.runs()).toBe(1);
});

test('a failed run is reported, and the next run still starts', async () => {
  const clock = manualClock();
  let attempts = 0;
  const run = async () => {
    attempts += 1;
    throw new Error('the table is away');
  };
  const { response: told } = start(clock, { run });
  for (const expected of [1, 2]) {
    clock.advance(DAY_MILLISECONDS);
    await settle();
    expect(attempts).toBe(expected);
    expect(told.at(-1)).toContain('the table is away');
  }
});

test('closing waits for the current run and starts no other', async () => {
  const clock = manualClock();
  const finish = Promise.withResolvers<void>();
  const { schedule } = start(clock, { run: () => finish.promise });
  clock.advance(DAY_MILLISECONDS);
  let closed = false;
  const closing = schedule.close().then(() => {
    closed = true;
  });
  await settle();
  expect(closed).toBe(false);
  finish.resolve();
  await closing;
  expect(clock.waiting()).toBe(0);
});
