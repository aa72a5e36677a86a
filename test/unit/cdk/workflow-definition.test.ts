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
  readonly ResultPath?: null;
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
  if (found === undefined) throw new Error(`there is no state ${name}`);
  return found;
}

test('there is one state for each task, and one where an execution ends that has nothing to do', () => {
  expect(Object.keys(states).sort()).toEqual([...TASKS, 'NothingToDo'].sort());
  expect(state('NothingToDo')).toEqual({ Type: 'Succeed' });
});

test('Q: the sequence is withdraw, deactivate, assign, replace, activate, in eight states from plan to receipt', () => {
  const path: string[] = [];
  for (let name: string | undefined = definition.StartAt; name !== undefined; name = state(name).Next) path.push(name);
  expect(path).toEqual(['Plan', 'Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate', 'IssueUpdate', 'Confirm']);
  expect(state('Confirm').End).toBe(true);
});

test('Q3: a manual conflict leads to the plan of the vendor alone, which joins the same sequence', () => {
  expect(state('Plan').Catch).toEqual([
    { ErrorEquals: [TASK_ERRORS.manualConflict], ResultPath: null, Next: 'PlanVendorOnly' },
    { ErrorEquals: [TASK_ERRORS.nothingToDo], ResultPath: null, Next: 'NothingToDo' },
  ]);
  expect(state('PlanVendorOnly').Catch).toEqual([
    { ErrorEquals: [TASK_ERRORS.nothingToDo], ResultPath: null, Next: 'NothingToDo' },
  ]);
  expect(state('PlanVendorOnly').Next).toBe('Withdraw');
});

test('an answer is never tried again, a locked container is, and only then comes every other error', () => {
  const names = (of: string) => state(of).Retry.map(({ ErrorEquals }) => ErrorEquals);
  expect(names('Plan')).toEqual([['ManualConflict', 'NothingToDo'], ['ContainerLocked'], ['States.ALL']]);
  expect(names('PlanVendorOnly')).toEqual([['NothingToDo'], ['ContainerLocked'], ['States.ALL']]);
  expect(names('IssueUpdate')).toEqual([['States.Timeout'], ['States.ALL']]);
  expect(state('Plan').Retry[0]?.MaxAttempts).toBe(0);
  expect(state('PlanVendorOnly').Retry[0]?.MaxAttempts).toBe(0);
  expect(state('IssueUpdate').Retry[0]?.MaxAttempts).toBe(0);
});

test('a locked container is tried for 30 times, at most 10 s apart', () => {
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
    // Three events an attempt, and an execution ends at 25,000.
    expect(3 * (last?.MaxAttempts ?? 0)).toBeLessThan(25_000);
  },
);

describe.each(TASKS.filter((task) => task !== 'IssueUpdate'))('%s', (name) => {
  test('is the workflow function itself, told the task and given the input whole', () => {
    expect(state(name)).toMatchObject({ Type: 'Task', Resource: 'workflow' });
    expect(state(name).Parameters).toEqual({ task: name, 'input.$': '$' });
  });

  test('is not given up while its function still runs', () => {
    expect(state(name).TimeoutSeconds).toBeGreaterThan(
      Number(functionResource(template, 'workflow').properties.Timeout),
    );
  });
});

test.each(TASKS.filter((task) => !task.startsWith('Plan')))(
  '%s hands on what it was given, whatever it returns',
  (name) => {
    expect(state(name).ResultPath).toBeNull();
  },
);

test('what is planned becomes the input of everything after it', () => {
  expect(state('Plan')).not.toHaveProperty('ResultPath');
  expect(state('PlanVendorOnly')).not.toHaveProperty('ResultPath');
});

test('an update waits 20 days for its receipt; then the vendor is told, and it waits on', () => {
  expect(state('IssueUpdate')).toMatchObject({
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: {
      FunctionName: 'workflow',
      Payload: { task: 'IssueUpdate', 'input.$': '$', 'taskToken.$': '$$.Task.Token' },
    },
    TimeoutSeconds: 20 * 86_400,
    Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: null, Next: 'ReportOverdue' }],
  });
  // The embedded runtime's timers are 32 bit.
  expect(state('IssueUpdate').TimeoutSeconds * 1000).toBeLessThan(2 ** 31);
  expect(state('ReportOverdue').Next).toBe('IssueUpdate');
});
