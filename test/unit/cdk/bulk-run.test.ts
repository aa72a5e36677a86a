import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readStateMachineDefinition } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { BULK_TASKS, type BulkTaskEvent, type BulkTaskResult } from '../../../contract/tasks.ts';

const machine = new StateMachine(
  readStateMachineDefinition(await stackTemplate(), 'bulk') as unknown as StateMachineDefinition,
  { validationOptions: { checkArn: false } },
);
const INPUT = { bulkOrder: 'b1', run: 0, rounds: 0 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs the definition. Each task returns the next status of `answers`, or throws the next error. */
async function run(answers: readonly (BulkTaskResult['status'] | Error)[]) {
  const events: BulkTaskEvent[] = [];
  const handler = async (event: unknown) => {
    const answer = answers[events.length];
    events.push(event as BulkTaskEvent);
    if (answer === undefined || answer instanceof Error)
      throw answer ?? new Error('Bug in the test: more tasks than answers');
    return { ...(event as BulkTaskEvent).input, rounds: events.length, status: answer } as never;
  };
  const execution = machine.run(INPUT as never, {
    overrides: { taskResourceLocalHandlers: Object.fromEntries(BULK_TASKS.map((task) => [task, handler])) },
  });
  let isEnded = false;
  void execution.result.finally(() => {
    isEnded = true;
  });
  for (let minute = 0; !isEnded && minute < 60; minute += 1) await vi.advanceTimersByTimeAsync(60_000);
  await execution.result;
  const states: string[] = [];
  for await (const event of execution.eventLogs) {
    if (event.type.endsWith('StateEntered')) states.push((event as unknown as { state: { name: string } }).state.name);
  }
  return { states, events };
}

test('a bulk order repeats Select until all licenses are selected, then Order until it has ended', async () => {
  const { states, events } = await run(['again', 'again', 'selected', 'again', 'ended']);
  expect(states.filter((state) => state === 'Select' || state === 'Order')).toEqual([
    'Select',
    'Select',
    'Select',
    'Order',
    'Order',
  ]);
  expect(states).toHaveLength(2 * 5 + 1);
  expect(states.at(-1)).toBe('Done');
  expect(events[0]).toEqual({ task: 'Select', input: INPUT });
  // The result of a task is the input of the next one.
  expect(events.map(({ task, input }) => [task, input.rounds])).toEqual([
    ['Select', 0],
    ['Select', 1],
    ['Select', 2],
    ['Order', 3],
    ['Order', 4],
  ]);
});

test('a bulk order that ended during the selection runs no Order', async () => {
  expect((await run(['ended'])).states).toEqual(['Select', 'IsSelected', 'Done']);
});

test('a failed task is retried', async () => {
  const fault = new Error('Thrown by the test');
  const { events } = await run([fault, 'selected', fault, fault, 'ended']);
  expect(events.map(({ task }) => task)).toEqual(['Select', 'Select', 'Order', 'Order', 'Order']);
});
