import { type RunOptions, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readStateMachineDefinition } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { TASKS, type Task, type WorkflowInput } from '../../../contract/tasks.ts';

const definition = readStateMachineDefinition(await stackTemplate());
const machine = new StateMachine(definition as unknown as StateMachineDefinition, {
  // The definition has the function's name instead of its ARN.
  validationOptions: { checkArn: false },
});

const INPUT: WorkflowInput = {
  reprogramming: 'r1',
  container: 'c1',
  activate: [{ ticket: 't1', license: 'l1' }],
  deactivate: [],
  from: 0,
  keys: 1,
  request: 'sha256:0',
  actor: 'user',
};
const PLANNED = {
  reprogramming: 'r1',
  container: 'c1',
  counter: 1,
  work: { withdraw: 0, deactivate: 0, assign: 0, replace: 0, activate: 1 },
};
const SEQUENCE = ['Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate', 'IssueUpdate', 'Confirm'];

interface Event {
  readonly task: Task;
  readonly input: unknown;
  readonly taskToken?: string;
}

type Answer = () => unknown;

/** What each task of a plan gets: the plan, and `Confirm` also the result of `IssueUpdate`, which is the receipt. */
const inputOf = ({ task }: Event, plan: object) =>
  task === 'Confirm' ? { ...plan, receipt: { of: 'IssueUpdate' } } : plan;

/** Runs the definition. Each task takes its next result from `answers`, and succeeds once these are used up. */
function run(answers: Partial<Record<Task, Answer[]>> = {}) {
  const events: Event[] = [];
  const handler = (state: Task) => async (input: unknown) => {
    const event = (state === 'IssueUpdate' ? (input as { Payload: unknown }).Payload : input) as Event;
    events.push(event);
    const answer = answers[state]?.shift();
    return (answer === undefined ? (state.startsWith('Plan') ? PLANNED : { of: state }) : await answer()) as never;
  };
  const options: RunOptions = {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(TASKS.map((task) => [task, handler(task)])),
    },
    context: { Task: { Token: 'token-1' } } as NonNullable<RunOptions['context']>,
  };
  const execution = machine.run(INPUT as never, options);
  return { ...execution, events, tasks: () => events.map(({ task }) => task) };
}

function named(name: string): Answer {
  return () => {
    throw Object.assign(new Error('Thrown by the test'), { name });
  };
}

/** A task that never ends: its receipt does not arrive, or its function hangs. */
const forever: Answer = () => Promise.race([]);

/** Advances the clock whenever nothing else runs, because retries wait for seconds and updates for days. */
async function finish<T>(result: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  result.then(end, end);
  for (let hour = 0; !ended && hour < 100 * 24; hour += 1) await vi.advanceTimersByTimeAsync(60 * 60 * 1000);
  return result;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a reprogramming enters eight states in their order, each gets the plan, and Confirm also the receipt', async () => {
  const execution = run();
  const result = await finish(execution.result);
  expect(execution.tasks()).toEqual(['Plan', ...SEQUENCE]);
  expect(execution.events[0]).toEqual({ task: 'Plan', input: INPUT });
  for (const event of execution.events.slice(1)) expect(event.input).toEqual(inputOf(event, PLANNED));
  expect(execution.events[6]).toEqual({ task: 'IssueUpdate', input: PLANNED, taskToken: 'token-1' });
  expect(result).toEqual({ ...PLANNED, receipt: { of: 'IssueUpdate' } });
  let entered = 0;
  for await (const { type } of execution.eventLogs) if (type.endsWith('StateEntered')) entered += 1;
  expect(entered).toBe(8);
});

test('Q3: a manual conflict is not retried; PlanVendorOnly gets the same input, and its plan is carried out', async () => {
  const vendorOnly = { ...PLANNED, work: { ...PLANNED.work, activate: 0, withdraw: 1 } };
  const execution = run({ Plan: [named('ManualConflict')], PlanVendorOnly: [() => vendorOnly] });
  await finish(execution.result);
  expect(execution.tasks()).toEqual(['Plan', 'PlanVendorOnly', ...SEQUENCE]);
  expect(execution.events[1]).toEqual({ task: 'PlanVendorOnly', input: INPUT });
  for (const event of execution.events.slice(2)) expect(event.input).toEqual(inputOf(event, vendorOnly));
});

test('Q5: an execution with nothing to do succeeds after one task', async () => {
  const execution = run({ Plan: [named('NothingToDo')] });
  expect(await finish(execution.result)).toEqual(INPUT);
  expect(execution.tasks()).toEqual(['Plan']);
});

test('an execution succeeds if nothing is left without the manual actions', async () => {
  const execution = run({ Plan: [named('ManualConflict')], PlanVendorOnly: [named('NothingToDo')] });
  expect(await finish(execution.result)).toEqual(INPUT);
  expect(execution.tasks()).toEqual(['Plan', 'PlanVendorOnly']);
});

test('after 5 days without a receipt, ReportOverdue runs and the execution ends', async () => {
  const started = Date.now();
  const execution = run({ IssueUpdate: [forever] });
  await finish(execution.result);
  expect(execution.tasks()).toEqual(['Plan', ...SEQUENCE.slice(0, -1), 'ReportOverdue']);
  for (const event of execution.events.slice(1)) expect(event.input).toEqual(inputOf(event, PLANNED));
  expect(Math.round((Date.now() - started) / 86_400_000)).toBe(5);
});

test.each([...TASKS])('%s is retried until it succeeds', async (task) => {
  const fault = [named('Lambda.ServiceException'), named('TypeError'), named('Lambda.TooManyRequestsException')];
  const answers: Partial<Record<Task, Answer[]>> = { [task]: fault };
  if (task === 'PlanVendorOnly') answers.Plan = [named('ManualConflict')];
  if (task === 'ReportOverdue') answers.IssueUpdate = [forever];
  const execution = run(answers);
  await finish(execution.result);
  expect(execution.tasks().filter((each) => each === task).length).toBeGreaterThanOrEqual(4);
  expect(execution.tasks().at(-1)).toBe(task === 'ReportOverdue' ? 'ReportOverdue' : 'Confirm');
});

test('a step that times out runs again', async () => {
  const execution = run({ Activate: [forever] });
  await finish(execution.result);
  expect(execution.tasks().filter((task) => task === 'Activate')).toHaveLength(2);
  expect(execution.tasks().at(-1)).toBe('Confirm');
});

test('Plan waits for another reprogramming of its container, but not forever', async () => {
  const locked = named('ContainerLocked');
  const patient = run({ Plan: Array<Answer>(30).fill(locked) });
  await finish(patient.result);
  expect(patient.tasks()).toEqual([...Array<string>(31).fill('Plan'), ...SEQUENCE]);

  const hopeless = run({ Plan: Array<Answer>(31).fill(locked) });
  await expect(finish(hopeless.result)).rejects.toThrow();
  expect(hopeless.tasks()).toHaveLength(31);
});
