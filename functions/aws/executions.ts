import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { bulkExecutionName } from '../../contract/tasks.ts';
import type { BulkExecutions, DeliveryExecutions } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { lazy } from './lazy.ts';

/**
 * Starts the execution of this name. If one exists already with the same input, it stays the only one.
 * @returns whether that execution is running or has ended
 */
export async function startExecution(
  client: SFNClient,
  stateMachineArn: string,
  name: string,
  input: object,
): Promise<'running' | 'ended'> {
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    // Step Functions answers a repeated start of a running execution as it answered the first one.
    return 'running';
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return 'ended';
    throw error;
  }
}

/** Runs bulk orders in Step Functions. */
export function awsBulkExecutions(client: () => SFNClient = lazy(() => new SFNClient({}))): BulkExecutions {
  return {
    start: async (run, again) =>
      startExecution(client(), environment.bulkStateMachineArn(), bulkExecutionName(run, again), run),
  };
}

/** Runs the delivery workflow in Step Functions. */
export function awsDeliveryExecutions(client: () => SFNClient = lazy(() => new SFNClient({}))): DeliveryExecutions {
  return { start: async (run) => startExecution(client(), environment.deliveryStateMachineArn(), run.run, run) };
}
