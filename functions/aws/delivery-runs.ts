import type { SFNClient } from '@aws-sdk/client-sfn';
import { environment } from '../environment.ts';
import type { DeliveryRuns } from '../events/ports.ts';
import { lazyClient, startExecution } from './executions.ts';

/** Step Functions as the delivery workflow. */
export function awsDeliveryRuns(client: () => SFNClient = lazyClient()): DeliveryRuns {
  return { start: async (run) => startExecution(client(), environment.deliveryStateMachineArn(), run.run, run) };
}
