import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

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
