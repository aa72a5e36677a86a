/**
 * The state machine of one reprogramming (design, section 6), in Amazon States Language with JSONPath. Plain data, written
 * out in the order in which it runs; `${...}` are CloudFormation's definition substitutions.
 */
import { RECEIPT_TIMEOUT_SECONDS, TASK_ERRORS, type Task } from '../contract/tasks.ts';

/** Names of the definition substitutions that the stack must provide. */
export const WORKFLOW_FUNCTION_ARN = 'WorkflowFunctionArn';
export const PARTITION = 'Partition';

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts: number;
  readonly JitterStrategy?: 'FULL';
}

interface Catcher {
  readonly ErrorEquals: readonly string[];
  /** `null` throws the error away: the next state gets the same input as this one. */
  readonly ResultPath: null;
  readonly Next: string;
}

interface TaskState {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly TimeoutSeconds: number;
  /** `null` throws the result away: the next state gets the same input as this one. */
  readonly ResultPath?: null;
  readonly Retry: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Next?: string;
  readonly End?: true;
}

interface SucceedState {
  readonly Type: 'Succeed';
}

export interface StateMachineDefinition {
  readonly Comment: string;
  readonly StartAt: Task;
  readonly States: Readonly<Record<Task, TaskState> & { NothingToDo: SucceedState }>;
}

/** Answers, not faults: they go to the catcher at once. Must stand before the retrier that takes every error. */
function never(...errors: string[]): Retrier {
  return { ErrorEquals: errors, MaxAttempts: 0 };
}

/** Another reprogramming of this container is between its plan and its update, which lasts seconds. */
const WHILE_LOCKED: Retrier = {
  ErrorEquals: [TASK_ERRORS.containerLocked],
  IntervalSeconds: 1,
  BackoffRate: 1.5,
  MaxDelaySeconds: 10,
  MaxAttempts: 30,
  JitterStrategy: 'FULL',
};

/**
 * Every other error is the machine's, and every step rolls forward: tried for about a day and a half before an operator has
 * to redrive the execution. A thousand attempts are 3,000 events of the 25,000 that an execution's history can hold.
 */
export const UNTIL_IT_WORKS: Retrier = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxDelaySeconds: 300,
  MaxAttempts: 1000,
  JitterStrategy: 'FULL',
};

/** @param taskTimeoutSeconds longer than the function's own time-out, so that no task is tried again while it still runs */
export function workflowDefinition(taskTimeoutSeconds: number): StateMachineDefinition {
  const onNothingToDo: Catcher = { ErrorEquals: [TASK_ERRORS.nothingToDo], ResultPath: null, Next: 'NothingToDo' };

  const task = (name: Task) =>
    ({
      Type: 'Task',
      Resource: `\${${WORKFLOW_FUNCTION_ARN}}`,
      Parameters: { task: name, 'input.$': '$' },
      TimeoutSeconds: taskTimeoutSeconds,
    }) as const;

  const step = (name: Task, next: Task): TaskState => ({
    ...task(name),
    ResultPath: null,
    Retry: [UNTIL_IT_WORKS],
    Next: next,
  });

  return {
    Comment: 'One reprogramming of one container',
    StartAt: 'Plan',
    States: {
      Plan: {
        ...task('Plan'),
        Retry: [never(TASK_ERRORS.manualConflict, TASK_ERRORS.nothingToDo), WHILE_LOCKED, UNTIL_IT_WORKS],
        Catch: [{ ErrorEquals: [TASK_ERRORS.manualConflict], ResultPath: null, Next: 'PlanVendorOnly' }, onNothingToDo],
        Next: 'Withdraw',
      },
      PlanVendorOnly: {
        ...task('PlanVendorOnly'),
        Retry: [never(TASK_ERRORS.nothingToDo), WHILE_LOCKED, UNTIL_IT_WORKS],
        Catch: [onNothingToDo],
        Next: 'Withdraw',
      },
      Withdraw: step('Withdraw', 'Deactivate'),
      Deactivate: step('Deactivate', 'Assign'),
      Assign: step('Assign', 'Replace'),
      Replace: step('Replace', 'Activate'),
      Activate: step('Activate', 'IssueUpdate'),
      IssueUpdate: {
        Type: 'Task',
        Resource: `arn:\${${PARTITION}}:states:::lambda:invoke.waitForTaskToken`,
        Parameters: {
          FunctionName: `\${${WORKFLOW_FUNCTION_ARN}}`,
          Payload: { task: 'IssueUpdate', 'input.$': '$', 'taskToken.$': '$$.Task.Token' },
        },
        TimeoutSeconds: RECEIPT_TIMEOUT_SECONDS,
        ResultPath: null,
        Retry: [never('States.Timeout'), UNTIL_IT_WORKS],
        Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: null, Next: 'ReportOverdue' }],
        Next: 'Confirm',
      },
      ReportOverdue: step('ReportOverdue', 'IssueUpdate'),
      Confirm: { ...task('Confirm'), ResultPath: null, Retry: [UNTIL_IT_WORKS], End: true },
      NothingToDo: { Type: 'Succeed' },
    },
  };
}
