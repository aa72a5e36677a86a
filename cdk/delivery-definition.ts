/**
 * The state machine that delivers the events of one queue to one endpoint (docs/events.md), in Amazon States Language with
 * JSONPath. The task decides what is due and when to look again; the pauses, up to a day, cost nothing here.
 */
import { UNTIL_IT_WORKS } from './workflow-definition.ts';

/** Name of the definition substitution that the stack must provide. */
export const DELIVERY_FUNCTION_ARN = 'DeliveryFunctionArn';

/** @param taskTimeoutSeconds longer than the function's own time-out, so that no task is tried again while it still runs */
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
