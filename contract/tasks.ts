/** The tasks of the three state machines: their names, inputs and results. The stack and the handlers share them. */

/** A manual activation: the license and the ticket whose code proves the right to it. */
export interface ManualActivation {
  readonly ticket: string;
  readonly license: string;
}

/** A JSON object that only the workflow's own code reads. */
export type OpaqueJson = Readonly<Record<string, unknown>>;

/** Bytes of {@link KnownPlan} as JSON. A larger one does not travel: the tasks read the table. */
export const MAX_KNOWN_PLAN_BYTES = 32_000;

/**
 * What an earlier reader or writer knew of the plan, so that a task can first try its writes without a read. The conditions of the
 * writes check it. A task that gets none, or an unreadable one, reads the table.
 */
export interface KnownPlan {
  /** The container's head, with the revision that the next write expects. */
  readonly head: OpaqueJson;
  readonly plan: OpaqueJson;
  /** The licenses that the plan activates, with the revisions that the next write expects. */
  readonly licenses: readonly OpaqueJson[];
}

/** The input of an execution, at most 256 KiB as JSON. */
export interface WorkflowInput {
  readonly reprogramming: string;
  readonly container: string;
  readonly activate: readonly ManualActivation[];
  readonly deactivate: readonly string[];
  /** The counter of the context that asked; the last confirmed one for a push. */
  readonly from: number;
  /** Version of the newest key set that the container holds; 1 if no context asked (K2). */
  readonly keys: number;
  /** Digest of the request: the same reprogramming answers a repeated request. */
  readonly request: string;
  readonly actor: 'user' | 'vendor';
  /** The decision of the first answer, which `Plan` commits if nothing changed since. */
  readonly known?: KnownPlan;
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

/**
 * How long an execution waits for a receipt. Then it ends, because an account can have a million open executions, and the handler of a
 * later receipt confirms the update. The embedded runtime's timers end at 24 days.
 */
export const RECEIPT_TIMEOUT_SECONDS = 5 * 24 * 60 * 60;

/** A receipt is overdue so many days after its update was issued, and again after as many more. */
export const RECEIPT_OVERDUE_DAYS = 20;

/** The output of `Plan`: the key of the plan, and the number of changes per step. */
export interface PlannedWork {
  readonly reprogramming: string;
  readonly container: string;
  readonly counter: number;
  readonly work: Readonly<Record<'withdraw' | 'deactivate' | 'assign' | 'replace' | 'activate', number>>;
  /** The plan as `Plan` committed it. */
  readonly known?: KnownPlan;
}

/** A receipt as it ends the wait of `IssueUpdate`: the context, which was verified before. */
export interface Receipt {
  /** Compact JWS. */
  readonly jws: string;
  /** Members of the context, for the memory of the container (C1). `iat` is in seconds since 1970. */
  readonly jti: string;
  readonly iat: number;
  readonly lease: string;
  /** The key that signed the update of the receipt. */
  readonly kid: string;
  /** The container's head as the receipt's handler read it, for the first attempt of `Confirm`. */
  readonly head?: OpaqueJson;
}

/** The input of `Confirm`. `receipt` is empty if the wait ended without one: then the receipt was applied before. */
export interface ConfirmedWork extends PlannedWork {
  readonly receipt?: Partial<Receipt>;
}

/** The event of the one workflow function. `taskToken` comes with `IssueUpdate` only. */
export type TaskEvent =
  | { readonly task: 'Plan' | 'PlanVendorOnly'; readonly input: WorkflowInput }
  | { readonly task: Exclude<Task, 'Plan' | 'PlanVendorOnly' | 'IssueUpdate' | 'Confirm'>; readonly input: PlannedWork }
  | { readonly task: 'Confirm'; readonly input: ConfirmedWork }
  | { readonly task: 'IssueUpdate'; readonly input: PlannedWork; readonly taskToken: string };

/** Names of the errors that the state machine catches. */
export const TASK_ERRORS = {
  /** A manual action conflicts while a vendor action is pending (Q3): the state machine continues with `PlanVendorOnly`. */
  manualConflict: 'ManualConflict',
  /** Nothing to reprogram (refused, unchanged or satisfied): the outcome is stored, and the state machine ends in `NothingToDo`. */
  nothingToDo: 'NothingToDo',
  /** Another reprogramming of this container holds the lock: the state machine retries. */
  containerLocked: 'ContainerLocked',
} as const;

/** The names of a bulk order's tasks, each a state of that name in its own state machine. */
export const BULK_TASKS = ['Select', 'Order'] as const;

export type BulkTask = (typeof BULK_TASKS)[number];

/** The input of a bulk order's execution. */
export interface BulkExecution {
  readonly bulkOrder: string;
  /** Only the run that the bulk order names can work on it. */
  readonly run: number;
  /** How many tasks this execution has run before. */
  readonly rounds: number;
}

export interface BulkTaskEvent {
  readonly task: BulkTask;
  readonly input: BulkExecution;
}

/** The output of a task: the next task's input, and whether that is the same task, the following one or none. */
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
  /** The execution's name: only the run that the queue names can work on it. */
  readonly run: string;
  /** Times that the task has run in this execution. */
  readonly rounds: number;
}

/** The output of a task: the next input and the time to continue (RFC 3339), or the end of the run. */
export type DeliveryTaskResult =
  | { readonly status: 'wait'; readonly until: string; readonly input: DeliveryExecution }
  | { readonly status: 'done' };

/** The name of a bulk order's execution, at most 80 characters. `again` distinguishes a further execution of the same run. */
export function bulkExecutionName({ bulkOrder, run }: BulkExecution, again: string | undefined): string {
  return again === undefined ? `${bulkOrder}.${run}` : `${bulkOrder}.${run}.${again}`;
}

/** The input of the scheduled look for webhooks that failed silently or wait too long. */
export const OPEN_WEBHOOKS = 'open-webhooks';
