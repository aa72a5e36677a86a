import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { environment } from '../environment.ts';
import type { DeliveryRuns } from '../events/ports.ts';

/** Step Functions as the delivery workflow; the client is made at the first start. */
export function awsDeliveryRuns(client: () => SFNClient = newClient()): DeliveryRuns {
  return {
    async start(run) {
      try {
        await client().send(
          new StartExecutionCommand({
            stateMachineArn: environment.deliveryStateMachineArn(),
            name: run.run,
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
