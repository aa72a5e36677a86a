/** The delivery workflow on one machine: the deployed definition and the real task, with their own engine and journal. */
import { readStateMachineDefinition, type Template } from '../cdk/read-template.ts';
import type { DeliveryExecution } from '../contract/tasks.ts';
import { defined } from '../domain/defined.ts';
import type { DeliveryExecutions } from '../functions/dependencies.ts';
import { createDeliveryHandler, type DeliveryPorts } from '../functions/use-cases/events/deliver.ts';
import type { Clock } from './clock.ts';
import type { ExecutionJournal } from './execution-journal.ts';
import { createStateMachineEngine } from './state-machine-engine.ts';

export interface DeliveryRunnerOptions {
  readonly template: Template;
  readonly journal: ExecutionJournal;
  readonly ports: DeliveryPorts;
  readonly notify: (message: string) => void;
  readonly clock?: Clock;
}

export interface DeliveryRunner {
  readonly runs: DeliveryExecutions;
  close(): Promise<void>;
}

/** Starts the workflow, which at once resumes the runs that the previous process left unfinished. */
export function startDeliveryRunner({
  template,
  journal,
  ports,
  notify,
  clock,
}: DeliveryRunnerOptions): DeliveryRunner {
  const deliver = createDeliveryHandler(ports);
  const engine = createStateMachineEngine({
    definition: readStateMachineDefinition(template, 'delivery'),
    handler: (event) => deliver(event as DeliveryExecution),
    journal,
    expectedErrors: [],
    notify,
    ...defined({ clock }),
  });
  engine.resume();
  return {
    runs: {
      start: async (run) => {
        await engine.start(run.run, run);
        return (await engine.isRunning(run.run)) ? 'running' : 'ended';
      },
    },
    close: engine.close,
  };
}
