import {
  type ConfirmedWork,
  type PlannedWork,
  TASK_ERRORS,
  type TaskEvent,
  type WorkflowInput,
} from '../../../contract/tasks.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { confirm } from './confirm.ts';
import { issueUpdate } from './issue-update.ts';
import { parseKnownPlan } from './known-plan.ts';
import { expectLateReceipt } from './overdue-receipts.ts';
import { plan } from './plan.ts';
import { runStep } from './run-step.ts';

/** The handler of the workflow function, which runs every task of the state machine. */
export function createTaskHandler(dependencies: () => Dependencies): (event: TaskEvent) => Promise<PlannedWork | null> {
  return (event) => runTask(dependencies(), event);
}

/**
 * @returns the work that `Plan` and `PlanVendorOnly` planned; null for the other tasks.
 * @throws TaskError when the state machine has to take another way.
 */
export async function runTask(dependencies: Dependencies, event: TaskEvent): Promise<PlannedWork | null> {
  switch (event.task) {
    case 'Plan':
      return runPlan(dependencies, inputOf(event.input), false);
    case 'PlanVendorOnly':
      return runPlan(dependencies, inputOf(event.input), true);
    case 'Withdraw':
      await runStep(dependencies, 'withdraw', event.input);
      return null;
    case 'Deactivate':
      await runStep(dependencies, 'deactivate', event.input);
      return null;
    case 'Assign':
      await runStep(dependencies, 'assign', event.input);
      return null;
    case 'Replace':
      await runStep(dependencies, 'replace', event.input);
      return null;
    case 'Activate':
      await runStep(dependencies, 'activate', event.input);
      return null;
    case 'IssueUpdate':
      await issueUpdate(dependencies, event.input, event.taskToken);
      return null;
    case 'ReportOverdue':
      await expectLateReceipt(dependencies, event.input);
      return null;
    case 'Confirm':
      await confirmWork(dependencies, event.input);
      return null;
    default:
      return assertNever(event);
  }
}

/** An execution that release 0.2.0 started has no `keys`: its container holds the first key set. */
function inputOf(input: Omit<WorkflowInput, 'keys'> & { readonly keys?: number }): WorkflowInput {
  return { keys: 1, ...input };
}

function confirmWork(dependencies: Dependencies, work: ConfirmedWork): Promise<void> {
  const { container, counter, receipt } = work;
  return confirm(dependencies, container, counter, receipt, parseKnownPlan(work.known)?.plan);
}

/** An error that the state machine catches by its name. */
class TaskError extends Error {
  override readonly name: (typeof TASK_ERRORS)[keyof typeof TASK_ERRORS];

  constructor(kind: keyof typeof TASK_ERRORS, message: string) {
    super(message);
    this.name = TASK_ERRORS[kind];
  }
}

function runPlan(dependencies: Dependencies, input: WorkflowInput, vendorOnly: boolean): Promise<PlannedWork> {
  return retryOnConflict<PlannedWork>(dependencies, `the plan of container ${input.container}`, async () => {
    const result = await plan(dependencies, input, vendorOnly);
    switch (result.kind) {
      case 'planned':
        return result.work;
      case 'moved':
        return 'changed';
      case 'nothing':
        throw new TaskError('nothingToDo', `The outcome is stored: ${result.outcome.kind}`);
      case 'conflict':
        throw new TaskError('manualConflict', 'A manual action conflicts: only the vendor actions run');
      case 'locked':
        throw new TaskError('containerLocked', 'Another reprogramming holds the lock');
      default:
        return assertNever(result);
    }
  });
}
