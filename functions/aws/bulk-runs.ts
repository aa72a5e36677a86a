import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { environment } from '../environment.ts';
import type { BulkRuns } from '../ports.ts';

/** Step Functions as what carries out bulk orders; the client is made at the first start. */
export function awsBulkRuns(): BulkRuns {
  let client: SFNClient | undefined;
  return {
    async start(run) {
      client ??= new SFNClient({});
      try {
        await client.send(
          new StartExecutionCommand({
            stateMachineArn: environment.bulkStateMachineArn(),
            name: `${run.bulkOrder}.${run.run}`,
            input: JSON.stringify(run),
          }),
        );
      } catch (error) {
        // The stream has told of it before.
        if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
      }
    },
  };
}
