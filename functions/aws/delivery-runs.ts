import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DeliveryExecutions } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { lazyClient, startExecution } from './executions.ts';

/** Step Functions as the delivery workflow. */
export function awsDeliveryExecutions(client: () => SFNClient = lazyClient()): DeliveryExecutions {
  return { start: async (run) => startExecution(client(), environment.deliveryStateMachineArn(), run.run, run) };
}
