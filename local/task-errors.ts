/** Errors of tasks. The state machine matches `ErrorEquals` with their `name`. */

/** A handler threw an error. The message is the cause that Lambda would pass to Step Functions. */
export class TaskFailure extends Error {
  override readonly name: string;

  constructor(thrown: unknown) {
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    const errorMessage = thrown instanceof Error ? thrown.message : String(thrown);
    super(JSON.stringify({ errorType: name, errorMessage, trace: [] }), { cause: thrown });
    this.name = name;
  }
}

/** The state's `TimeoutSeconds` have passed. */
export class TaskTimeout extends Error {
  override readonly name = 'States.Timeout';
}

/** The runtime is ending. This is not a fault of the execution, so its retriers and catchers must ignore it. */
export class EngineStopped extends Error {
  override readonly name = 'EngineStopped';
  /** `aws-local-stepfunctions` reads these two members. */
  readonly isRetryable = false;
  readonly isCatchable = false;

  constructor() {
    super('The embedded runtime is ending.');
  }
}
