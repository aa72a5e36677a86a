import { assertNever } from '../../domain/license.ts';
import type { PlannedWork, Runtime, TaskEvent } from '../ports.ts';
import { confirm } from './confirm.ts';
import { issueUpdate } from './issue-update.ts';
import { plan } from './plan.ts';
import { reportOverdue } from './report-overdue.ts';
import { runStep } from './run-step.ts';

/** The one workflow function: every task of the state machine, told apart by `task`. */
export function createTaskHandler(runtime: () => Runtime): (event: TaskEvent) => Promise<PlannedWork | null> {
  return (event) => runTask(runtime(), event);
}

export async function runTask(runtime: Runtime, event: TaskEvent): Promise<PlannedWork | null> {
  switch (event.task) {
    case 'Plan':
      return plan(runtime, event.input, false);
    case 'PlanVendorOnly':
      return plan(runtime, event.input, true);
    case 'Withdraw':
      await runStep(runtime, 'withdraw', event.input);
      return null;
    case 'Deactivate':
      await runStep(runtime, 'deactivate', event.input);
      return null;
    case 'Assign':
      await runStep(runtime, 'assign', event.input);
      return null;
    case 'Replace':
      await runStep(runtime, 'replace', event.input);
      return null;
    case 'Activate':
      await runStep(runtime, 'activate', event.input);
      return null;
    case 'IssueUpdate':
      await issueUpdate(runtime, event.input, event.taskToken);
      return null;
    case 'ReportOverdue':
      await reportOverdue(runtime, event.input);
      return null;
    case 'Confirm':
      await confirm(runtime, event.input.container, event.input.counter);
      return null;
    default:
      return assertNever(event);
  }
}
