import type { SFNClient } from '@aws-sdk/client-sfn';
import { executionName } from '../bulk-orders/execution-name.ts';
import { environment } from '../environment.ts';
import type { BulkRuns } from '../ports.ts';
import { lazyClient, startExecution } from './executions.ts';

/** Step Functions as what carries out bulk orders. */
export function awsBulkRuns(client: () => SFNClient = lazyClient()): BulkRuns {
  return {
    start: async (run, again) =>
      startExecution(client(), environment.bulkStateMachineArn(), executionName(run, again), run),
  };
}
