/** What the sending of events needs beside the `Runtime` of all handlers. */

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
export interface Courier {
  post(post: Post): Promise<PostOutcome>;
  /** Lets go of kept connections. */
  close(): void;
}

/** A queue: the deliveries to one endpoint of one order's licenses, or of one container's own events. */
export interface QueueName {
  readonly endpoint: string;
  readonly queue: string;
}

/** The input of an execution of the delivery workflow, and of its one task. */
export interface DeliveryRun extends QueueName {
  /** The execution's name: only the run that the queue names may work on it. */
  readonly run: string;
  /** How often the task has run in this execution. */
  readonly rounds: number;
}

/** What the task answers: the next input, and when to go on with it (RFC 3339); or that the run is over. */
export type DeliveryRound =
  | { readonly status: 'wait'; readonly until: string; readonly input: DeliveryRun }
  | { readonly status: 'done' };

/** Executions of the delivery workflow. */
export interface DeliveryRuns {
  /**
   * Starts the execution that is named after the run; a repeated start is the same execution. `ended`: that execution is
   * over, so it will not deliver what was queued since.
   */
  start(run: DeliveryRun): Promise<'running' | 'ended'>;
}
