/**
 * The state machine that delivers the events of one queue to one endpoint (docs/events.md), in Amazon States Language with
 * JSONPath. The task delivers the events that are due and returns the time of the next attempt. Waiting, for up to a day,
 * costs nothing.
 */
import { UNTIL_IT_WORKS } from './workflow-definition.ts';

/** Name of the definition substitution that the stack must provide. */
export const DELIVERY_FUNCTION_ARN = 'DeliveryFunctionArn';

/** @param taskTimeoutSeconds longer than the function's time-out, so that Step Functions never retries a running task */
export function deliveryDefinition(taskTimeoutSeconds: number): object {
  return {
    Comment: 'The deliveries of one queue of events',
    StartAt: 'Deliver',
    States: {
      Deliver: {
        Type: 'Task',
        Resource: `\${${DELIVERY_FUNCTION_ARN}}`,
        TimeoutSeconds: taskTimeoutSeconds,
        Retry: [UNTIL_IT_WORKS],
        Next: 'IsAnythingLeft',
      },
      IsAnythingLeft: {
        Type: 'Choice',
        Choices: [{ Variable: '$.status', StringEquals: 'wait', Next: 'Wait' }],
        Default: 'Done',
      },
      Wait: { Type: 'Wait', TimestampPath: '$.until', OutputPath: '$.input', Next: 'Deliver' },
      Done: { Type: 'Succeed' },
    },
  };
}
