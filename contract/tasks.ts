/** The tasks of the three state machines: their names, inputs and results. The stack and the handlers share them. */

/** A manual activation: the license and the ticket whose code proves the right to it. */
export interface ManualActivation {
  readonly ticket: string;
  readonly license: string;
}

/** The input of an execution, at most 256 KiB as JSON. */
export interface WorkflowInput {
  readonly reprogramming: string;
  readonly container: string;
  readonly activate: readonly ManualActivation[];
  readonly deactivate: readonly string[];
  /** The counter of the context that asked; the last confirmed one for a push. */
  readonly from: number;
  /** Digest of the request, so that the same request again is answered by the same reprogramming. */
  readonly request: string;
  readonly actor: 'user' | 'vendor';
}

/** The names of the workflow's tasks, each a state of that name in the state machine. */
export const TASKS = [
  'Plan',
  'PlanVendorOnly',
  'Withdraw',
  'Deactivate',
  'Assign',
  'Replace',
  'Activate',
  'IssueUpdate',
  'ReportOverdue',
  'Confirm',
] as const;

export type Task = (typeof TASKS)[number];

/** How long a task waits for a receipt before the vendor is told. The embedded runtime's timers end at 24 days. */
export const RECEIPT_TIMEOUT_SECONDS = 20 * 24 * 60 * 60;

/** What `Plan` hands on: where the plan is, and how many changes each step has to make. */
export interface PlannedWork {
  readonly reprogramming: string;
  readonly container: string;
  readonly counter: number;
  readonly work: Readonly<Record<'withdraw' | 'deactivate' | 'assign' | 'replace' | 'activate', number>>;
}

/** The event of the one workflow function. `taskToken` comes with `IssueUpdate` only. */
export type TaskEvent =
  | { readonly task: 'Plan' | 'PlanVendorOnly'; readonly input: WorkflowInput }
  | { readonly task: Exclude<Task, 'Plan' | 'PlanVendorOnly' | 'IssueUpdate'>; readonly input: PlannedWork }
  | { readonly task: 'IssueUpdate'; readonly input: PlannedWork; readonly taskToken: string };

/** Names of the errors that the state machine knows. */
export const TASK_ERRORS = {
  /** A manual action conflicts while a vendor action is pending (Q3): the machine goes on with `PlanVendorOnly`. */
  manualConflict: 'ManualConflict',
  /** Nothing to reprogram (refused, unchanged or satisfied): the answer is stored, the machine ends in `NothingToDo`. */
  nothingToDo: 'NothingToDo',
  /** Another reprogramming of this container holds the lock: tried again. */
  containerLocked: 'ContainerLocked',
} as const;

/** The names of the tasks that carry out a bulk order, each a state of that name in a state machine of its own. */
export const BULK_TASKS = ['Select', 'Order'] as const;

export type BulkTask = (typeof BULK_TASKS)[number];

/** The input of an execution that carries out a bulk order. */
export interface BulkExecution {
  readonly bulkOrder: string;
  /** Only the run that the bulk order names may work on it. */
  readonly run: number;
  /** How many tasks this execution has run before. */
  readonly rounds: number;
}

export interface BulkTaskEvent {
  readonly task: BulkTask;
  readonly input: BulkExecution;
}

/** What a task answers: the next one's input, and whether that is the same task, the one after it, or none. */
export interface BulkTaskResult extends BulkExecution {
  readonly status: 'again' | 'selected' | 'ended';
}

/** A queue: the deliveries to one endpoint of one order's licenses, or of one container's own events. */
export interface QueueName {
  readonly endpoint: string;
  readonly queue: string;
}

/** The input of an execution of the delivery workflow, and of its one task. */
export interface DeliveryExecution extends QueueName {
  /** The execution's name: only the run that the queue names may work on it. */
  readonly run: string;
  /** How often the task has run in this execution. */
  readonly rounds: number;
}

/** What the task answers: the next input, and when to go on with it (RFC 3339); or that the run is over. */
export type DeliveryTaskResult =
  | { readonly status: 'wait'; readonly until: string; readonly input: DeliveryExecution }
  | { readonly status: 'done' };

/** The name of a bulk order's execution, at most 80 characters. `again` distinguishes a further execution of the same run. */
export function bulkExecutionName({ bulkOrder, run }: BulkExecution, again: string | undefined): string {
  return again === undefined ? `${bulkOrder}.${run}` : `${bulkOrder}.${run}.${again}`;
}

/** The input of the scheduled look for webhooks that failed silently or wait too long. */
export const OPEN_WEBHOOKS = 'open-webhooks';
