import type { PlannedWork, TaskEvent } from '../../../contract/tasks.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { confirm } from './confirm.ts';
import { issueUpdate } from './issue-update.ts';
import { plan } from './plan.ts';
import { reportOverdueReceipt } from './report-overdue-receipt.ts';
import { runStep } from './run-step.ts';

/** The one workflow function: every task of the state machine, told apart by `task`. */
export function createTaskHandler(dependencies: () => Dependencies): (event: TaskEvent) => Promise<PlannedWork | null> {
  return (event) => runTask(dependencies(), event);
}

export async function runTask(dependencies: Dependencies, event: TaskEvent): Promise<PlannedWork | null> {
  switch (event.task) {
    case 'Plan':
      return plan(dependencies, event.input, false);
    case 'PlanVendorOnly':
      return plan(dependencies, event.input, true);
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
      await reportOverdueReceipt(dependencies, event.input);
      return null;
    case 'Confirm':
      await confirm(dependencies, event.input.container, event.input.counter);
      return null;
    default:
      return assertNever(event);
  }
}
