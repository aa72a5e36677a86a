import { SFNClient } from '@aws-sdk/client-sfn';
import type { BulkExecutions } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { executionName } from '../use-cases/bulk-orders/execution-name.ts';
import { startExecution } from './executions.ts';
import { lazy } from './lazy.ts';

/** Runs bulk orders in Step Functions. */
export function awsBulkExecutions(client: () => SFNClient = lazy(() => new SFNClient({}))): BulkExecutions {
  return {
    start: async (run, again) =>
      startExecution(client(), environment.bulkStateMachineArn(), executionName(run, again), run),
  };
}
