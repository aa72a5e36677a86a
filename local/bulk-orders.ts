/** Bulk orders on one machine: the deployed definition and the real tasks, in an engine and a journal of their own. */
import { readStateMachineDefinition, type Template } from '../cdk/read-template.ts';
import { executionName } from '../functions/bulk-orders/execution-name.ts';
import { createBulkTaskHandler } from '../functions/bulk-orders/task-handler.ts';
import type { BulkRuns, BulkTaskEvent, Runtime } from '../functions/ports.ts';
import type { ExecutionJournal } from './execution-journal.ts';
import { createStateMachineEngine } from './state-machine-engine.ts';

export interface BulkOrdersOptions {
  readonly template: Template;
  readonly journal: ExecutionJournal;
  readonly runtime: () => Runtime;
  readonly notify: (message: string) => void;
  readonly retryScale?: number;
  readonly onStateEntered?: (execution: string, state: string) => void;
}

export interface BulkOrders {
  readonly runs: BulkRuns;
  close(): Promise<void>;
}

/** Goes on with the bulk orders that an earlier start left, at once. */
export const startBulkOrders = ({ template, journal, runtime, ...options }: BulkOrdersOptions): BulkOrders => {
  const carryOut = createBulkTaskHandler(runtime);
  const engine = createStateMachineEngine({
    definition: readStateMachineDefinition(template, 'bulk'),
    handler: (event) => carryOut(event as BulkTaskEvent),
    journal,
    expectedErrors: [],
    ...options,
  });
  engine.resume();
  return {
    runs: {
      start: async (run, again) => {
        const name = executionName(run, again);
        await engine.start(name, run);
        return (await engine.isRunning(name)) ? 'running' : 'ended';
      },
    },
    close: engine.close,
  };
};
