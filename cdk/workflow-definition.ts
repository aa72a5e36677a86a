/**
 * The state machine of one reprogramming (design, section 6), in Amazon States Language with JSONPath, as plain data. The
 * states are in the order in which they run; `${...}` are CloudFormation's definition substitutions.
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
  /** `null` discards the error: the next state gets the input of this one. */
  readonly ResultPath: null;
  readonly Next: string;
}

interface TaskState {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly TimeoutSeconds: number;
  /** `null` discards the result: the next state gets the input of this one. A path adds the result to the input. */
  readonly ResultPath?: null | '$.receipt';
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

/** Errors that are results go to the catcher at once. This retrier must precede the one that matches all errors. */
function never(...errors: string[]): Retrier {
  return { ErrorEquals: errors, MaxAttempts: 0 };
}

/** Another reprogramming of this container is between its plan and its update, which takes seconds. */
const WHILE_LOCKED: Retrier = {
  ErrorEquals: [TASK_ERRORS.containerLocked],
  IntervalSeconds: 1,
  BackoffRate: 1.5,
  MaxDelaySeconds: 10,
  MaxAttempts: 30,
  JitterStrategy: 'FULL',
};

/**
 * Every other error is a fault, and every step rolls forward. Step Functions retries the step for about a day and a half.
 * Then an operator has to redrive the execution. 1,000 attempts take 3,000 of the 25,000 events of an execution's history.
 */
export const UNTIL_IT_WORKS: Retrier = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxDelaySeconds: 300,
  MaxAttempts: 1000,
  JitterStrategy: 'FULL',
};

/** @param taskTimeoutSeconds longer than the function's time-out, so that Step Functions never retries a running task */
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
        ResultPath: '$.receipt',
        Retry: [never('States.Timeout'), UNTIL_IT_WORKS],
        Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: null, Next: 'ReportOverdue' }],
        Next: 'Confirm',
      },
      // It leaves the receipt to the daily run.
      ReportOverdue: { ...task('ReportOverdue'), ResultPath: null, Retry: [UNTIL_IT_WORKS], End: true },
      Confirm: { ...task('Confirm'), ResultPath: null, Retry: [UNTIL_IT_WORKS], End: true },
      NothingToDo: { Type: 'Succeed' },
    },
  };
}
