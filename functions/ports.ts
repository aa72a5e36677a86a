/**
 * What the handlers need from the world. Lambda gives them AWS (`aws/`), the embedded runtime gives them one machine
 * (`local/`), tests give them whatever they want to prove.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { JWK } from 'jose';
import type { Author } from '../domain/history.ts';
import type { Scope } from './endpoints.ts';

/** Signs updates. The private key stays behind it: KMS in the cloud, a key file on one machine. */
export interface Signer {
  /** RFC 7638 thumbprint of the current public key; the `kid` in an update's protected header. */
  kid(): Promise<string>;
  /** Ed25519 (RFC 8032) over `message`, at most 4,096 bytes; 64 bytes. The same message gives the same signature. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** The vendor's public update keys, the current one first, each with `kty`, `crv`, `x`, `kid`, `alg` and `use`. */
  publicKeys(): Promise<JWK[]>;
}

/** The workflow engine: Step Functions in the cloud, `aws-local-stepfunctions` in the embedded runtime. */
export interface Workflow {
  /**
   * Starts the execution of this name: the reprogramming's id, with a suffix when it is started again because the first
   * one is gone. A repeated start with the same name is the same execution.
   */
  start(name: string, input: WorkflowInput): Promise<void>;
  /** Ends the wait of a task. `gone`: no execution waits for this token any more (ended, stopped, timed out). */
  sendReceipt(taskToken: string): Promise<'sent' | 'gone'>;
  /** Whether the execution of this name is still running. */
  isRunning(name: string): Promise<boolean>;
  /**
   * Resolves as soon as the execution of this name has come so far, at once when there is none, with `false` when that takes
   * longer than so many milliseconds. Only an engine in the same process hears of it; with any other one, one has to look.
   */
  readonly untilReached?: (name: string, milestone: Milestone, milliseconds: number) => Promise<boolean>;
}

/** `issued`: it waits for its receipt, or has ended. */
export type Milestone = 'issued' | 'ended';

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

/** Who else may say who somebody is: an OpenID Connect issuer, for people. */
export interface IdentityProvider {
  /** As its tokens and its discovery document name it. */
  readonly issuer: string;
  /** As its tokens name this API. */
  readonly audience: string;
  /** The claim that says what a person may do: its name, or a path with dots to it. */
  readonly scopeClaim: string;
  /** The scopes that a value of that claim stands for; without it each value is a scope itself. */
  readonly scopesOf?: ReadonlyMap<string, readonly Scope[]>;
}

/** Requests a minute; 0, or nothing, is no limit. */
export interface Limits {
  /** Of a token that has no limit of its own, and of a person. Exact over all instances. */
  readonly callerRequestsPerMinute?: number;
  /** From one source address to the user's endpoints. Of each instance. */
  readonly addressRequestsPerMinute?: number;
  /** From one source address with a wrong token, ticket or signature, and for one wrong ticket. Of each instance. */
  readonly addressFailuresPerMinute?: number;
}

/** What a deployment has unless its operator says otherwise. */
export const DEFAULT_LIMITS: Required<Limits> = {
  // Half of what the whole API lets through: no token has it for itself.
  callerRequestsPerMinute: 6_000,
  // A site with many containers behind one address.
  addressRequestsPerMinute: 600,
  addressFailuresPerMinute: 60,
};

/** Everything a handler may use beside its request. */
export interface Runtime {
  readonly documents: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly signer: Signer;
  readonly workflow: Workflow;
  /** `iss` of the updates: the vendor's name for itself. */
  readonly issuer: string;
  readonly now: () => Date;
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
  /** Waits; tests and the simulator make it short. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Whether events may go to addresses of this machine and its network, and by http. Never in the cloud. */
  readonly allowPrivateTargets?: boolean;
  readonly limits?: Limits;
  readonly identityProvider?: IdentityProvider | undefined;
  /** In whose name the vendor acts; known while one request is answered. */
  readonly author?: Author;
}

/** The same runtime for one request, in the name of its author. */
export function inNameOf(runtime: Runtime, author: Author): Runtime {
  // Not copied: a function's runtime makes each part when it is first used.
  return Object.create(runtime, { author: { value: author, enumerable: true } }) as Runtime;
}

/** The names of the tasks that carry out a bulk order, each a state of that name in a state machine of its own. */
export const BULK_TASKS = ['Select', 'Order'] as const;
export type BulkTask = (typeof BULK_TASKS)[number];

/** The input of an execution that carries out a bulk order. */
export interface BulkRun {
  readonly bulkOrder: string;
  /** Only the run that the bulk order names may work on it. */
  readonly run: number;
  /** How many tasks this execution has run before. */
  readonly rounds: number;
}

export interface BulkTaskEvent {
  readonly task: BulkTask;
  readonly input: BulkRun;
}

/** What a task answers: the next one's input, and whether that is the same task, the one after it, or none. */
export interface BulkRound extends BulkRun {
  readonly status: 'again' | 'selected' | 'ended';
}

/** Executions that carry out bulk orders. */
export interface BulkRuns {
  /**
   * Starts the execution of this run, or another one for it, which `again` names; a repeated start is the same execution.
   * `ended`: that execution is over.
   */
  start(run: BulkRun, again?: string): Promise<'running' | 'ended'>;
}
