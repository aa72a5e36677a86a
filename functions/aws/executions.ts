import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { bulkExecutionName } from '../../contract/tasks.ts';
import { type BulkExecutions, type DeliveryExecutions, WorkflowBusy } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { lazy } from './lazy.ts';

/** An account can have a million open executions, and so many starts per second. */
const BUSY: ReadonlySet<string> = new Set([
  'ExecutionLimitExceeded',
  'ServiceQuotaExceededException',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/**
 * Starts the execution of this name. If one exists already with the same input, it stays the only one.
 * @returns whether that execution is running or has ended
 * @throws WorkflowBusy
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
    if (!(error instanceof Error)) throw error;
    if (error.name === 'ExecutionAlreadyExists') return 'ended';
    if (BUSY.has(error.name)) throw new WorkflowBusy(`${error.name}: no execution can start`, { cause: error });
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
