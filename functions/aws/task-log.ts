import type { MiddlewareObj } from '@middy/core';
import { TASK_FAULT } from '../../contract/table.ts';
import { TASK_ERRORS, type TaskEvent } from '../../contract/tasks.ts';
import type { Log } from '../dependencies.ts';

/** A log that can add keys to each further line of the same invocation. */
interface KeyedLog extends Log {
  appendKeys(keys: Record<string, string>): void;
}

/** Errors that take the state machine another way. */
const RESULTS: ReadonlySet<string> = new Set(Object.values(TASK_ERRORS));

/**
 * Middleware that adds the reprogramming to each line of the log: it is the name of the execution, and events and the line of the
 * request carry it too. It writes a line for each fault: Step Functions retries a task at least every 5 minutes, so an alarm can find one
 * execution that does not get on.
 */
export function taskLog(log: KeyedLog): MiddlewareObj<TaskEvent> {
  return {
    before: ({ event: { task, input } }) => {
      log.appendKeys({ task, reprogramming: input.reprogramming, container: input.container });
    },
    onError: ({ error }) => {
      if (!RESULTS.has(error instanceof Error ? error.name : '')) log.error(TASK_FAULT, { error });
    },
  };
}
