import { TASK_ERRORS } from '../../../contract/tasks.ts';

/** An error that the state machine knows by its name. */
export class TaskError extends Error {
  override readonly name: (typeof TASK_ERRORS)[keyof typeof TASK_ERRORS];

  constructor(kind: keyof typeof TASK_ERRORS, message: string) {
    super(message);
    this.name = TASK_ERRORS[kind];
  }
}
