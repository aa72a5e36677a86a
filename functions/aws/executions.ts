import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

/** Step Functions' client, made when it is first asked for. */
export function lazyClient(): () => SFNClient {
  let client: SFNClient | undefined;
  return () => {
    client ??= new SFNClient({});
    return client;
  };
}

/** Starts an execution, or finds the one of this name: `ended` when that is over. */
export async function startExecution(
  client: SFNClient,
  stateMachineArn: string,
  name: string,
  input: object,
): Promise<'running' | 'ended'> {
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    // The same name and input again, while it runs, is answered as the first time.
    return 'running';
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return 'ended';
    throw error;
  }
}
