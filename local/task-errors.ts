/** Errors as the state machine sees them: it matches `ErrorEquals` with their `name`. */

/** A handler threw. The message is what Lambda would hand to Step Functions as the cause. */
export class TaskFailure extends Error {
  override readonly name: string;

  constructor(thrown: unknown) {
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    const errorMessage = thrown instanceof Error ? thrown.message : String(thrown);
    super(JSON.stringify({ errorType: name, errorMessage, trace: [] }), { cause: thrown });
    this.name = name;
  }
}

/** The state's `TimeoutSeconds` are over. */
export class TaskTimeout extends Error {
  override readonly name = 'States.Timeout';
}

/** The runtime ends. Not the execution's fault, so no retrier and no catcher of it may answer. */
export class EngineStopped extends Error {
  override readonly name = 'EngineStopped';
  /** Read by `aws-local-stepfunctions`. */
  readonly isRetryable = false;
  readonly isCatchable = false;

  constructor() {
    super('The embedded runtime is ending.');
  }
}
