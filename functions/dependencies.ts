/**
 * What handlers get beside their request. On Lambda these are AWS services (`aws/`), in the embedded runtime parts of one
 * machine (`local/`), and in tests whatever the test needs.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CorsOrigins } from '../contract/cors-origins.ts';
import type { IdentityProvider } from '../contract/identity-provider.ts';
import type { RateLimits } from '../contract/rate-limits.ts';
import type { BulkExecution, DeliveryExecution, Receipt, WorkflowInput } from '../contract/tasks.ts';
import type { KeySet, KeyWithId } from '../protocol/index.ts';

/** Signs updates and leases. It never exposes a private key, which is in KMS on AWS and in a key file on one machine. */
export interface Signer {
  /** The public keys whose private keys it has. `kid` is the RFC 7638 thumbprint. */
  publicKeys(): Promise<readonly KeyWithId[]>;
  /**
   * Ed25519 (RFC 8032) over `message`, at most 4,096 bytes, by the key of this `kid`; 64 bytes. The same message gives the same
   * signature.
   *
   * @throws Error if it does not have the key
   */
  sign(kid: string, message: Uint8Array): Promise<Uint8Array>;
}

/** The vendor's published key sets (K1). */
export interface KeySets {
  /**
   * All sets, in the order of their versions. They can be up to a minute old, unless `version` is above them: then they are
   * read again.
   */
  all(version?: number): Promise<readonly KeySet[]>;
  /** The next `all` reads them again. */
  forget(): void;
}

/** Makes the key sets of a table. `now` returns milliseconds since 1970. */
export type CreateKeySets = (table: Pick<Dependencies, 'documents' | 'tableName'>, now: () => number) => KeySets;

/** Thrown by a start that the engine refuses because too much runs or starts at once. Nothing was started. */
export class WorkflowBusy extends Error {
  override readonly name = 'WorkflowBusy';
}

/** The workflow engine: Step Functions in the cloud, `aws-local-stepfunctions` in the embedded runtime. */
export interface Workflow {
  /**
   * Starts the execution of this name, which is the reprogramming's id. A suffix names a second execution that replaces a
   * lost one. A repeated start with the same name changes nothing.
   *
   * @throws WorkflowBusy
   */
  start(name: string, input: WorkflowInput): Promise<void>;
  /**
   * Ends the wait of a task and passes the receipt to `Confirm`. `gone`: the execution no longer waits for this token (it ended,
   * stopped or timed out).
   *
   * @param receipt absent if the receipt was applied before, or will never be
   */
  sendReceipt(taskToken: string, receipt?: Receipt): Promise<'sent' | 'gone'>;
  /** Whether the execution of this name is still running. */
  isRunning(name: string): Promise<boolean>;
  /**
   * Resolves with `true` when the execution of this name reaches the milestone, at once if it does not exist, and with
   * `false` after the given milliseconds. Only an engine in the same process has it; callers of other engines poll.
   */
  readonly untilReached?: (name: string, milestone: Milestone, milliseconds: number) => Promise<boolean>;
}

/** `issued`: the execution waits for its receipt, or has ended. */
export type Milestone = 'issued' | 'ended';

/** Further facts of a log entry. Never a ticket code, a token, a header or a body. */
export interface LogDetails {
  readonly error?: unknown;
  readonly [name: string]: unknown;
}

/** The log that operators read. `error` is for faults; a refused request or a conflict is not a fault. */
export interface Log {
  info(message: string, details: LogDetails): void;
  warn(message: string, details: LogDetails): void;
  error(message: string, details: LogDetails): void;
}

/** Everything a handler may use beside its request. */
export interface Dependencies {
  readonly documents: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly signer: Signer;
  readonly keySets: KeySets;
  readonly workflow: Workflow;
  readonly log: Log;
  /** `iss` of the first key set: the vendor's name for itself. */
  readonly issuer: string;
  readonly now: () => Date;
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
  /** Waits; tests and the simulator make it short. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Whether Relicense may send events to addresses of this machine and its network, and by http. Never on AWS. */
  readonly allowPrivateTargets?: boolean;
  /** The setting with which the operator allows such addresses, for the refusal of one. Absent on AWS: there is none. */
  readonly privateTargetsSetting?: string;
  readonly limits?: RateLimits;
  readonly identityProvider?: IdentityProvider | undefined;
  /** Origins whose pages may use the depot and the public endpoints. Without it: none. */
  readonly corsOrigins?: CorsOrigins | undefined;
}

/** Starts the executions that run bulk orders. */
export interface BulkExecutions {
  /**
   * Starts the execution of this run; `again` names a further execution for the same run. A repeated start changes nothing.
   * @returns `ended` if the execution of this name has ended
   */
  start(run: BulkExecution, again?: string): Promise<'running' | 'ended'>;
}

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `failed`: there was no answer; `error` is a message that the vendor may read. */
export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'failed'; readonly error: string };

/** Posts events to the vendor's endpoints; never throws. */
export interface WebhookSender {
  post(post: Post): Promise<PostOutcome>;
  /** Closes idle connections. */
  close(): void;
}

/** Starts the executions of the delivery workflow. */
export interface DeliveryExecutions {
  /**
   * Starts the execution that has the run's name; a repeated start changes nothing.
   * @returns `ended` if that execution has ended, so it does not deliver events that were queued later
   */
  start(run: DeliveryExecution): Promise<'running' | 'ended'>;
}
