import type { SFNClient } from '@aws-sdk/client-sfn';
import { bulkExecutionName } from '../../contract/tasks.ts';
import type { BulkExecutions } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { lazyClient, startExecution } from './executions.ts';

/** Step Functions as what carries out bulk orders. */
export function awsBulkExecutions(client: () => SFNClient = lazyClient()): BulkExecutions {
  return {
    start: async (run, again) =>
      startExecution(client(), environment.bulkStateMachineArn(), bulkExecutionName(run, again), run),
  };
}
