import { DescribeExecutionCommand, SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Workflow } from '../dependencies.ts';
import { startExecution } from './executions.ts';

/**
 * Step Functions as the workflow engine. An execution has the name of its reprogramming.
 * @param stateMachineArn read only by `start` and `isRunning`: the workflow function only sends receipts and has no ARN
 */
export function stepFunctionsWorkflow(client: SFNClient, stateMachineArn: () => string): Workflow {
  // The ARN of an alias ends with its name, and the ARN of an execution has none.
  const executionArn = (name: string): string =>
    `${stateMachineArn().replace(/:stateMachine:([^:]+).*$/, ':execution:$1')}:${name}`;
  return {
    async start(reprogramming, input) {
      await startExecution(client, stateMachineArn(), reprogramming, input);
    },
    async sendReceipt(taskToken, receipt) {
      try {
        await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(receipt ?? {}) }));
        return 'sent';
      } catch (error) {
        if (isNamed(error, 'TaskDoesNotExist') || isNamed(error, 'TaskTimedOut') || isNamed(error, 'InvalidToken')) {
          return 'gone';
        }
        throw error;
      }
    },
    async isRunning(reprogramming) {
      try {
        const { status } = await client.send(
          new DescribeExecutionCommand({ executionArn: executionArn(reprogramming) }),
        );
        return status === 'RUNNING' || status === 'PENDING_REDRIVE';
      } catch (error) {
        if (isNamed(error, 'ExecutionDoesNotExist')) return false;
        throw error;
      }
    },
  };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
