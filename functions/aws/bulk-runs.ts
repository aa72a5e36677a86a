import type { SFNClient } from '@aws-sdk/client-sfn';
import type { BulkExecutions } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { executionName } from '../use-cases/bulk-orders/execution-name.ts';
import { lazyClient, startExecution } from './executions.ts';

/** Step Functions as what carries out bulk orders. */
export function awsBulkExecutions(client: () => SFNClient = lazyClient()): BulkExecutions {
  return {
    start: async (run, again) =>
      startExecution(client(), environment.bulkStateMachineArn(), executionName(run, again), run),
  };
}
