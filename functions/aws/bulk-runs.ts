import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { executionName } from '../bulk-orders/execution-name.ts';
import { environment } from '../environment.ts';
import type { BulkRuns } from '../ports.ts';

/** Step Functions as what carries out bulk orders; the client is made at the first start. */
export function awsBulkRuns(client: () => SFNClient = newClient()): BulkRuns {
  return {
    async start(run, again) {
      try {
        await client().send(
          new StartExecutionCommand({
            stateMachineArn: environment.bulkStateMachineArn(),
            name: executionName(run, again),
            input: JSON.stringify(run),
          }),
        );
        // The same name and input again, while it runs, is answered as the first time.
        return 'running';
      } catch (error) {
        if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return 'ended';
        throw error;
      }
    },
  };
}

function newClient(): () => SFNClient {
  let client: SFNClient | undefined;
  return () => {
    client ??= new SFNClient({});
    return client;
  };
}
