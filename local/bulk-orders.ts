/** Bulk orders on one machine: the deployed definition and the real tasks, with their own engine and journal. */
import { readStateMachineDefinition, type Template } from '../cdk/read-template.ts';
import { type BulkTaskEvent, bulkExecutionName } from '../contract/tasks.ts';
import type { BulkExecutions, Dependencies } from '../functions/dependencies.ts';
import { createBulkTaskHandler } from '../functions/use-cases/bulk-orders/task-handler.ts';
import type { ExecutionJournal } from './execution-journal.ts';
import { createStateMachineEngine } from './state-machine-engine.ts';

export interface BulkOrderRunnerOptions {
  readonly template: Template;
  readonly journal: ExecutionJournal;
  readonly dependencies: () => Dependencies;
  readonly notify: (message: string) => void;
  readonly retryScale?: number | undefined;
  readonly onStateEntered?: ((execution: string, state: string) => void) | undefined;
}

export interface BulkOrderRunner {
  readonly runs: BulkExecutions;
  close(): Promise<void>;
}

/** Starts the runner, which at once resumes the bulk orders that the previous process left unfinished. */
export function startBulkOrderRunner({
  template,
  journal,
  dependencies,
  ...options
}: BulkOrderRunnerOptions): BulkOrderRunner {
  const carryOut = createBulkTaskHandler(dependencies);
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
        const name = bulkExecutionName(run, again);
        await engine.start(name, run);
        return (await engine.isRunning(name)) ? 'running' : 'ended';
      },
    },
    close: engine.close,
  };
}
