/**
 * What the handlers need from the world. Lambda gives them AWS (`aws/`), the embedded runtime gives them one machine
 * (`local/`), tests give them whatever they want to prove.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { JWK } from 'jose';
import type { IdentityProvider } from '../contract/identity-provider.ts';
import type { RateLimits } from '../contract/rate-limits.ts';
import type { BulkExecution, DeliveryExecution, WorkflowInput } from '../contract/tasks.ts';

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

/** Everything a handler may use beside its request. */
export interface Dependencies {
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
  readonly limits?: RateLimits;
  readonly identityProvider?: IdentityProvider | undefined;
}

/** Executions that carry out bulk orders. */
export interface BulkExecutions {
  /**
   * Starts the execution of this run, or another one for it, which `again` names; a repeated start is the same execution.
   * `ended`: that execution is over.
   */
  start(run: BulkExecution, again?: string): Promise<'running' | 'ended'>;
}

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `failed`: there was no answer; `error` is fit to be shown. */
export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'failed'; readonly error: string };

/** Posts to where a vendor wants events; never throws. */
export interface WebhookSender {
  post(post: Post): Promise<PostOutcome>;
  /** Lets go of kept connections. */
  close(): void;
}

/** Executions of the delivery workflow. */
export interface DeliveryExecutions {
  /**
   * Starts the execution that is named after the run; a repeated start is the same execution. `ended`: that execution is
   * over, so it will not deliver what was queued since.
   */
  start(run: DeliveryExecution): Promise<'running' | 'ended'>;
}
