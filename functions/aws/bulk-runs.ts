import { SFNClient } from '@aws-sdk/client-sfn';
import { bulkExecutionName } from '../../contract/tasks.ts';
import type { BulkExecutions } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { startExecution } from './executions.ts';
import { lazy } from './lazy.ts';

/** Runs bulk orders in Step Functions. */
export function awsBulkExecutions(client: () => SFNClient = lazy(() => new SFNClient({}))): BulkExecutions {
  return {
    start: async (run, again) =>
      startExecution(client(), environment.bulkStateMachineArn(), bulkExecutionName(run, again), run),
  };
}
