import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readStateMachineDefinition } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { TASK_ERRORS, type TaskEvent, type WorkflowInput } from '../../../contract/tasks.ts';
import type { Clock } from '../../../local/clock.ts';
import { openExecutionJournal } from '../../../local/execution-journal.ts';
import { createStateMachineEngine, type StateMachineEngine } from '../../../local/state-machine-engine.ts';
import { openDatabase } from '../../../table/index.ts';
import { manualClock } from '../../harness/manual-clock.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
const PLANNED = { reprogramming: 'r', container: 'c', counter: 1, work: {} };
const STEPS = ['Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate'];

const inputOf = (reprogramming: string): WorkflowInput => ({
  reprogramming,
  container: 'c',
  activate: [],
  deactivate: [],
  from: 0,
  keys: 1,
  request: 'sha256:0',
  actor: 'user',
});

class Named extends Error {
  override readonly name: string;
  constructor(name: string) {
    super(`${name} happened`);
    this.name = name;
  }
}

const template = await stackTemplate();
const definitions = {
  reprogramming: readStateMachineDefinition(template),
  delivery: readStateMachineDefinition(template, 'delivery'),
};

interface Setup {
  /** Default: that of reprogrammings. */
  readonly machine?: 'reprogramming' | 'delivery';
  /** The task function. Default: it returns planned work. */
  readonly task?: (event: TaskEvent, engine: StateMachineEngine) => unknown;
  readonly journal?: string;
  readonly clock?: Clock;
}

function start({ task = () => PLANNED, journal, clock = manualClock(), machine = 'reprogramming' }: Setup = {}) {
  const events: TaskEvent[] = [];
  const notify = vi.fn<(message: string) => void>();
  const database = openDatabase(journal);
  const engine: StateMachineEngine = createStateMachineEngine({
    definition: definitions[machine],
    handler: async (event) => {
      events.push(event as TaskEvent);
      return await task(event as TaskEvent, engine);
    },
    journal: openExecutionJournal(database, 'reprogrammings', clock.now()),
    expectedErrors: Object.values(TASK_ERRORS),
    notify,
    clock,
    // With this scale, 30 attempts with growing intervals take less than a second.
    retryScale: 1e-6,
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= engine.close().then(database.close);
    return closed;
  };
  onTestFinished(close);
  const tokens = (): string[] => events.flatMap((event) => (event.task === 'IssueUpdate' ? [event.taskToken] : []));
  return { engine, events, notify, close, tokens, tasks: () => events.map(({ task: name }) => name) };
}

const ended = (engine: StateMachineEngine, name = 'r') =>
  vi.waitFor(async () => expect(await engine.isRunning(name)).toBe(false), { timeout: 10_000, interval: 1 });

const only = <T>(list: readonly T[]): T => {
  const [first, ...rest] = list;
  if (first === undefined || rest.length > 0) throw new Error(`expected one, got ${list.length}`);
  return first;
};

const RECEIPT = { jws: 'a.b.c', jti: 'context', iat: 1, lease: '', kid: 'key' };

test('the tasks run in the order of the sequence, wait for the receipt, and end with Confirm', async () => {
  const { engine, tasks, tokens, events } = start();
  await engine.start('r', inputOf('r'));
  expect(await engine.isRunning('r')).toBe(true);
  await engine.settled();
  expect(tasks()).toEqual(['Plan', ...STEPS, 'IssueUpdate']);
  expect(events[0]).toEqual({ task: 'Plan', input: inputOf('r') });
  expect(events.at(-1)).toEqual({ task: 'IssueUpdate', input: PLANNED, taskToken: only(tokens()) });

  expect(await engine.sendReceipt(only(tokens()))).toBe('sent');
  await ended(engine);
  expect(tasks().slice(-2)).toEqual(['IssueUpdate', 'Confirm']);
  expect(events.at(-1)).toEqual({ task: 'Confirm', input: { ...PLANNED, receipt: {} } });
});

test('untilReached resolves when the update is issued, and when the execution has ended', async () => {
  const clock = manualClock();
  const { engine, tokens, tasks } = start({ clock });
  await engine.start('r', inputOf('r'));
  expect(await engine.untilReached('r', 'issued', 1_000)).toBe(true);
  expect(tasks().at(-1)).toBe('IssueUpdate');

  const tooSoon = engine.untilReached('r', 'ended', 1_000);
  clock.advance(1_000);
  expect(await tooSoon).toBe(false);
  const inTime = engine.untilReached('r', 'ended', 1_000);
  await engine.sendReceipt(only(tokens()));
  expect(await inTime).toBe(true);
  expect(tasks().at(-1)).toBe('Confirm');

  // An execution that has ended or does not exist resolves at once.
  expect(await engine.untilReached('r', 'issued', 1_000)).toBe(true);
  expect(await engine.untilReached('never started', 'issued', 1_000)).toBe(true);
});

test('untilReached also resolves if the execution ends without an update', async () => {
  const { engine } = start({
    task: () => {
      throw new Named(TASK_ERRORS.nothingToDo);
    },
  });
  await engine.start('r', inputOf('r'));
  expect(await engine.untilReached('r', 'issued', 1_000)).toBe(true);
  expect(await engine.isRunning('r')).toBe(false);
});

test('a second receipt is gone, and so is a receipt with another token', async () => {
  const { engine, tokens } = start();
  await engine.start('r', inputOf('r'));
  await engine.settled();
  expect(await engine.sendReceipt('another')).toBe('gone');
  const both = await Promise.all([engine.sendReceipt(only(tokens())), engine.sendReceipt(only(tokens()))]);
  expect(both).toEqual(['sent', 'gone']);
  await ended(engine);
  expect(await engine.sendReceipt(only(tokens()))).toBe('gone');
});

test('a receipt that the handler itself sends ends the wait', async () => {
  const { engine, tasks } = start({
    task: async (event, own) => (event.task === 'IssueUpdate' ? await own.sendReceipt(event.taskToken) : PLANNED),
  });
  await engine.start('r', inputOf('r'));
  await ended(engine);
  expect(tasks().at(-1)).toBe('Confirm');
});

test('a repeated start changes nothing, whether the execution runs or has ended', async () => {
  const { engine, tasks, tokens } = start();
  await Promise.all([engine.start('r', inputOf('r')), engine.start('r', inputOf('r'))]);
  await engine.settled();
  await engine.start('r', inputOf('other'));
  await engine.sendReceipt(only(tokens()));
  await ended(engine);
  await engine.start('r', inputOf('r'));
  await engine.settled();
  expect(tasks().filter((task) => task === 'Plan')).toHaveLength(1);
});

test('after a manual conflict the execution continues with the vendor actions only (Q3)', async () => {
  const { engine, tasks, events, notify } = start({
    task: ({ task }) => {
      if (task === 'Plan') throw new Named(TASK_ERRORS.manualConflict);
      return PLANNED;
    },
  });
  await engine.start('r', inputOf('r'));
  await engine.settled();
  expect(tasks().slice(0, 3)).toEqual(['Plan', 'PlanVendorOnly', 'Withdraw']);
  expect(events[1]?.input).toEqual(inputOf('r'));
  expect(notify).not.toHaveBeenCalled();
});

test('an execution that has nothing to do ends at once', async () => {
  const { engine, tasks } = start({ task: () => Promise.reject(new Named(TASK_ERRORS.nothingToDo)) });
  await engine.start('r', inputOf('r'));
  await ended(engine);
  expect(tasks()).toEqual(['Plan']);
});

test('a locked container and a fault are retried, and only the fault is reported', async () => {
  const failures = [TASK_ERRORS.containerLocked, TASK_ERRORS.containerLocked, 'InternalServerError'];
  const { engine, tasks, notify } = start({
    task: () => {
      const failure = failures.shift();
      if (failure !== undefined) throw new Named(failure);
      return PLANNED;
    },
  });
  await engine.start('r', inputOf('r'));
  await engine.settled();
  expect(tasks().slice(0, 5)).toEqual(['Plan', 'Plan', 'Plan', 'Plan', 'Withdraw']);
  expect(notify).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('InternalServerError happened'));
});

test('each attempt of IssueUpdate has its own token, and only the last one is valid', async () => {
  let failed = false;
  const { engine, tokens, tasks } = start({
    task: ({ task }) => {
      if (task !== 'IssueUpdate' || failed) return PLANNED;
      failed = true;
      throw new Named('KMSInternalException');
    },
  });
  await engine.start('r', inputOf('r'));
  await engine.settled();
  const [first = '', second = ''] = tokens();
  expect(first).not.toBe(second);
  expect(await engine.sendReceipt(first)).toBe('gone');
  expect(await engine.sendReceipt(second)).toBe('sent');
  await ended(engine);
  expect(tasks().at(-1)).toBe('Confirm');
});

test('events and results are passed as JSON', async () => {
  const { engine, events } = start({
    task: ({ task }) => (task === 'Plan' ? { ...PLANNED, gone: undefined, at: new Date(0) } : undefined),
  });
  await engine.start('r', { ...inputOf('r'), dropped: undefined } as never);
  await engine.settled();
  expect(Object.keys(events[0]?.input ?? {})).not.toContain('dropped');
  expect(events[1]?.input).toStrictEqual({ ...PLANNED, at: '1970-01-01T00:00:00.000Z' });
});

test('after 5 days without a receipt ReportOverdue runs, and the execution ends', async () => {
  const clock = manualClock();
  const { engine, tasks, tokens } = start({ clock });
  await engine.start('r', inputOf('r'));
  await engine.settled();
  clock.advance(5 * DAY_MILLISECONDS - 1);
  await setImmediate();
  expect(tasks().at(-1)).toBe('IssueUpdate');

  clock.advance(1);
  await ended(engine);
  expect(tasks().slice(-2)).toEqual(['IssueUpdate', 'ReportOverdue']);
  expect(await engine.sendReceipt(tokens()[0] ?? '')).toBe('gone');
});

test('a restart resumes unfinished executions from the beginning with the same token', async () => {
  const journal = join(temporaryFolder(), 'executions.db');
  const before = start({ journal });
  for (const name of ['a', 'b', 'r']) await before.engine.start(name, inputOf(name));
  await before.engine.settled();
  await before.engine.sendReceipt(before.tokens()[0] ?? '');
  await vi.waitFor(() => expect(before.engine.running()).toBe(2));
  await before.close();

  const after = start({ journal });
  expect(after.engine.resume()).toBe(2);
  expect(after.engine.resume()).toBe(0);
  await after.engine.settled();
  expect(after.tasks().filter((task) => task === 'Plan')).toHaveLength(2);
  expect(after.tokens().sort()).toEqual(before.tokens().slice(1).sort());
  await after.engine.sendReceipt(after.tokens()[0] ?? '');
  await after.engine.sendReceipt(after.tokens()[1] ?? '');
  await vi.waitFor(() => expect(after.engine.running()).toBe(0));
  await after.close();
  expect(start({ journal }).engine.resume()).toBe(0);
});

test('a restarted execution accepts its receipt before it waits again', async () => {
  const journal = join(temporaryFolder(), 'executions.db');
  const before = start({ journal });
  await before.engine.start('r', inputOf('r'));
  await before.engine.settled();
  await before.close();

  const { engine, tasks } = start({ journal });
  engine.resume();
  expect(await engine.sendReceipt(only(before.tokens()))).toBe('sent');
  expect(await engine.sendReceipt(only(before.tokens()))).toBe('gone');
  await ended(engine);
  expect(tasks().slice(-2)).toEqual(['IssueUpdate', 'Confirm']);
});

test('an accepted receipt survives a crash before Confirm', async () => {
  const journal = join(temporaryFolder(), 'executions.db');
  const unanswered = Promise.withResolvers<never>();
  const before = start({ journal, task: ({ task }) => (task === 'Confirm' ? unanswered.promise : PLANNED) });
  // This must precede closing, which waits for running handlers.
  onTestFinished(() => unanswered.reject(new Error('The test has ended')));
  await before.engine.start('r', inputOf('r'));
  await before.engine.settled();
  await before.engine.sendReceipt(only(before.tokens()), RECEIPT);
  await vi.waitFor(() => expect(before.tasks().at(-1)).toBe('Confirm'));

  // Not closed: after a crash, the next engine has only the journal.
  const { engine, events } = start({ journal });
  expect(engine.resume()).toBe(1);
  await ended(engine);
  const confirmed = { task: 'Confirm', input: { ...PLANNED, receipt: RECEIPT } };
  expect([before.events.at(-1), events.at(-1)]).toEqual([confirmed, confirmed]);
});

test('a restart does not extend the 5 days for a receipt', async () => {
  const journal = join(temporaryFolder(), 'executions.db');
  const clock = manualClock();
  const before = start({ journal, clock });
  await before.engine.start('r', inputOf('r'));
  await before.engine.settled();
  clock.advance(3 * DAY_MILLISECONDS);
  await before.close();

  clock.advance(DAY_MILLISECONDS);
  const { engine, tasks } = start({ journal, clock });
  engine.resume();
  await engine.settled();
  expect(tasks()).not.toContain('ReportOverdue');
  clock.advance(DAY_MILLISECONDS);
  await vi.waitFor(() => expect(tasks()).toContain('ReportOverdue'));
});

test('the next start retries a failed execution', async () => {
  const journal = join(temporaryFolder(), 'executions.db');
  const broken = start({ journal, task: () => Promise.reject(new Named(TASK_ERRORS.containerLocked)) });
  await broken.engine.start('r', inputOf('r'));
  await vi.waitFor(
    () => expect(broken.notify).toHaveBeenCalledWith(expect.stringMatching(/^The execution r failed/)),
    30_000,
  );
  expect(await broken.engine.isRunning('r')).toBe(false);
  await broken.close();

  const mended = start({ journal });
  expect(mended.engine.resume()).toBe(1);
  await mended.engine.settled();
  await mended.engine.sendReceipt(only(mended.tokens()));
  await ended(mended.engine);
});

test('closing waits for the running handler, starts no other, and resolves no wait', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const clock = manualClock();
  const { engine, tasks, close, notify } = start({
    clock,
    task: async ({ task, input }) => {
      if (task === 'Assign' && 'counter' in input && input.reprogramming === 'slow') await promise;
      return { ...PLANNED, reprogramming: input.reprogramming };
    },
  });
  await engine.start('waits', inputOf('waits'));
  await engine.settled();
  await engine.start('slow', inputOf('slow'));
  await vi.waitFor(() => expect(tasks().at(-1)).toBe('Assign'));

  let isClosed = false;
  const closing = close().then(() => {
    isClosed = true;
  });
  await setImmediate();
  expect(isClosed).toBe(false);
  const before = tasks().length;
  resolve();
  await closing;
  await setImmediate();
  expect(tasks()).toHaveLength(before);
  expect(clock.waiting()).toBe(0);
  expect(notify).not.toHaveBeenCalled();
  await expect(engine.start('late', inputOf('late'))).rejects.toThrow();
});

test('3,000 executions wait at once, and each ends with its own receipt', async () => {
  const { engine, tokens, tasks } = start({
    task: (event) => ({ ...PLANNED, reprogramming: event.input.reprogramming }),
  });
  const count = 3_000;
  for (let index = 0; index < count; index += 1) await engine.start(`r${index}`, inputOf(`r${index}`));
  await engine.settled();
  expect(engine.running()).toBe(count);
  expect(new Set(tokens()).size).toBe(count);
  for (const token of tokens()) expect(await engine.sendReceipt(token)).toBe('sent');
  await vi.waitFor(() => expect(engine.running()).toBe(0), 30_000);
  expect(tasks().filter((task) => task === 'Confirm')).toHaveLength(count);
});

describe('a wait for a time', () => {
  const at = (clock: Clock, milliseconds: number): string => new Date(clock.now() + milliseconds).toISOString();
  const round = (number: number): { round: number } => ({ round: number });
  /** The task runs again at each of these times, and then ends. */
  const lookingAgain = (times: readonly string[]) => (event: unknown) => {
    const { round: number } = event as { round: number };
    const until = times[number];
    return until === undefined ? { status: 'done' } : { status: 'wait', until, input: round(number + 1) };
  };

  test('ends at its time, even after more than 24 days, and at once if the time has passed', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const clock = manualClock();
    const task = lookingAgain([at(clock, -60_000), at(clock, 40 * DAY_MILLISECONDS)]);
    const { engine, events } = start({ machine: 'delivery', clock, task });
    await engine.start('d', round(0));
    await vi.waitFor(() => expect(events).toEqual([round(0), round(1)]));
    await vi.waitFor(() => expect(clock.waiting()).toBe(1));
    clock.advance(40 * DAY_MILLISECONDS - 1);
    await setImmediate();
    expect(events).toHaveLength(2);
    clock.advance(1);
    await ended(engine, 'd');
    expect(events).toEqual([round(0), round(1), round(2)]);
    expect(warnings).toEqual([]);
  });

  test('is left to the next start if the runtime closes', async () => {
    const journal = join(temporaryFolder(), 'executions.db');
    const clock = manualClock();
    const task = lookingAgain([at(clock, DAY_MILLISECONDS)]);
    const before = start({ machine: 'delivery', journal, clock, task });
    await before.engine.start('d', round(0));
    await vi.waitFor(() => expect(clock.waiting()).toBe(1));
    await before.close();
    expect(clock.waiting()).toBe(0);
    expect(before.notify).not.toHaveBeenCalled();

    const { engine, events } = start({ machine: 'delivery', journal, clock, task });
    expect(engine.resume()).toBe(1);
    await vi.waitFor(() => expect(clock.waiting()).toBe(1));
    clock.advance(DAY_MILLISECONDS);
    await ended(engine, 'd');
    expect(events).toEqual([round(0), round(1)]);
  });
});
