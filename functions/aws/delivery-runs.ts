import { SFNClient } from '@aws-sdk/client-sfn';
import type { DeliveryExecutions } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { startExecution } from './executions.ts';
import { lazy } from './lazy.ts';

/** Runs the delivery workflow in Step Functions. */
export function awsDeliveryExecutions(client: () => SFNClient = lazy(() => new SFNClient({}))): DeliveryExecutions {
  return { start: async (run) => startExecution(client(), environment.deliveryStateMachineArn(), run.run, run) };
}
