import { describe, expect, test } from 'vitest';
import { readStateMachineDefinition } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { TASK_ERRORS, TASKS } from '../../../contract/tasks.ts';
import { functionResource } from './template.ts';

interface Retrier {
  readonly ErrorEquals: string[];
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds?: number;
  readonly BackoffRate?: number;
  readonly JitterStrategy?: string;
}

interface State {
  readonly Type: string;
  readonly Resource: string;
  readonly Parameters: Record<string, unknown>;
  readonly TimeoutSeconds: number;
  readonly ResultPath?: string | null;
  readonly Retry: Retrier[];
  readonly Catch?: { ErrorEquals: string[]; ResultPath: unknown; Next: string }[];
  readonly Next?: string;
  readonly End?: boolean;
}

const template = await stackTemplate();
const definition = readStateMachineDefinition(template);
const states = definition.States as unknown as Record<string, State>;

function state(name: string): State {
  const found = states[name];
  if (found === undefined) throw new Error(`The definition has no state ${name}`);
  return found;
}

test('the definition has one state per task, and NothingToDo', () => {
  expect(Object.keys(states).sort()).toEqual([...TASKS, 'NothingToDo'].sort());
  expect(state('NothingToDo')).toEqual({ Type: 'Succeed' });
});

test('Q: the sequence withdraw, deactivate, assign, replace, activate takes eight states from plan to receipt', () => {
  const path: string[] = [];
  for (let name: string | undefined = definition.StartAt; name !== undefined; name = state(name).Next) path.push(name);
  expect(path).toEqual(['Plan', 'Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate', 'IssueUpdate', 'Confirm']);
  expect(state('Confirm').End).toBe(true);
});

test('Q3: a manual conflict leads to PlanVendorOnly, which joins the same sequence', () => {
  expect(state('Plan').Catch).toEqual([
    { ErrorEquals: [TASK_ERRORS.manualConflict], ResultPath: null, Next: 'PlanVendorOnly' },
    { ErrorEquals: [TASK_ERRORS.nothingToDo], ResultPath: null, Next: 'NothingToDo' },
  ]);
  expect(state('PlanVendorOnly').Catch).toEqual([
    { ErrorEquals: [TASK_ERRORS.nothingToDo], ResultPath: null, Next: 'NothingToDo' },
  ]);
  expect(state('PlanVendorOnly').Next).toBe('Withdraw');
});

test('the retriers match results first (no retry), then a locked container, then all other errors', () => {
  const names = (of: string) => state(of).Retry.map(({ ErrorEquals }) => ErrorEquals);
  expect(names('Plan')).toEqual([['ManualConflict', 'NothingToDo'], ['ContainerLocked'], ['States.ALL']]);
  expect(names('PlanVendorOnly')).toEqual([['NothingToDo'], ['ContainerLocked'], ['States.ALL']]);
  expect(names('IssueUpdate')).toEqual([['States.Timeout'], ['States.ALL']]);
  expect(state('Plan').Retry[0]?.MaxAttempts).toBe(0);
  expect(state('PlanVendorOnly').Retry[0]?.MaxAttempts).toBe(0);
  expect(state('IssueUpdate').Retry[0]?.MaxAttempts).toBe(0);
});

test('Step Functions retries a locked container 30 times, at most 10 s apart', () => {
  expect(state('Plan').Retry[1]).toEqual({
    ErrorEquals: ['ContainerLocked'],
    IntervalSeconds: 1,
    BackoffRate: 1.5,
    MaxDelaySeconds: 10,
    MaxAttempts: 30,
    JitterStrategy: 'FULL',
  });
});

test.each([...TASKS])(
  '%s rolls forward: its last retrier takes every error, backs off, and holds out for a day',
  (name) => {
    const last = state(name).Retry.at(-1);
    expect(last?.ErrorEquals).toEqual(['States.ALL']);
    expect(last?.JitterStrategy).toBe('FULL');
    expect(last?.BackoffRate).toBeGreaterThan(1);
    // Full jitter waits half of the longest delay on average.
    expect(((last?.MaxDelaySeconds ?? 0) / 2) * (last?.MaxAttempts ?? 0)).toBeGreaterThan(24 * 60 * 60);
    // An attempt is 3 events, and an execution can have 25,000.
    expect(3 * (last?.MaxAttempts ?? 0)).toBeLessThan(25_000);
  },
);

describe.each(TASKS.filter((task) => task !== 'IssueUpdate'))('%s', (name) => {
  test('invokes the workflow function with its name and the whole input', () => {
    expect(state(name)).toMatchObject({ Type: 'Task', Resource: 'workflow' });
    expect(state(name).Parameters).toEqual({ task: name, 'input.$': '$' });
  });

  test('has a longer time-out than its function', () => {
    expect(state(name).TimeoutSeconds).toBeGreaterThan(
      Number(functionResource(template, 'workflow').properties.Timeout),
    );
  });
});

test.each(TASKS.filter((task) => !task.startsWith('Plan') && task !== 'IssueUpdate'))(
  '%s passes its own input to the next state, whatever it returns',
  (name) => {
    expect(state(name).ResultPath).toBeNull();
  },
);

test('the plan becomes the input of all states after it', () => {
  expect(state('Plan')).not.toHaveProperty('ResultPath');
  expect(state('PlanVendorOnly')).not.toHaveProperty('ResultPath');
});

test('IssueUpdate adds the receipt that ended its wait to its input, for Confirm', () => {
  expect(state('IssueUpdate')).toMatchObject({ ResultPath: '$.receipt', Next: 'Confirm' });
});

test('IssueUpdate waits 5 days for the receipt, then ReportOverdue leaves it to the daily run, and the execution ends', () => {
  expect(state('IssueUpdate')).toMatchObject({
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: {
      FunctionName: 'workflow',
      Payload: { task: 'IssueUpdate', 'input.$': '$', 'taskToken.$': '$$.Task.Token' },
    },
    TimeoutSeconds: 5 * 86_400,
    Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: null, Next: 'ReportOverdue' }],
  });
  // A timer of the embedded runtime has 32 bits.
  expect(state('IssueUpdate').TimeoutSeconds * 1000).toBeLessThan(2 ** 31);
  expect(state('ReportOverdue')).toMatchObject({ End: true, ResultPath: null });
});
