/**
 * The state machine of one bulk order (docs/bulk-orders.md), in Amazon States Language with JSONPath. `Select` selects the
 * licenses, then `Order` applies the vendor action to each. A task works for a limited time. If work is left, it returns
 * `again`.
 */
import type { BulkTask, BulkTaskResult } from '../contract/tasks.ts';
import { UNTIL_IT_WORKS } from './workflow-definition.ts';

/** Name of the definition substitution that the stack must provide. */
export const BULK_FUNCTION_ARN = 'BulkFunctionArn';

/** @param taskTimeoutSeconds longer than the function's time-out, so that Step Functions never retries a running task */
export function bulkDefinition(taskTimeoutSeconds: number): object {
  const task = (name: BulkTask, next: string) => ({
    Type: 'Task',
    Resource: `\${${BULK_FUNCTION_ARN}}`,
    Parameters: { task: name, 'input.$': '$' },
    TimeoutSeconds: taskTimeoutSeconds,
    Retry: [UNTIL_IT_WORKS],
    Next: next,
  });
  const when = (status: BulkTaskResult['status'], next: string) => ({
    Variable: '$.status',
    StringEquals: status,
    Next: next,
  });
  return {
    Comment: 'One bulk order',
    StartAt: 'Select',
    States: {
      Select: task('Select', 'IsSelected'),
      IsSelected: { Type: 'Choice', Choices: [when('again', 'Select'), when('selected', 'Order')], Default: 'Done' },
      Order: task('Order', 'IsOrdered'),
      IsOrdered: { Type: 'Choice', Choices: [when('again', 'Order')], Default: 'Done' },
      Done: { Type: 'Succeed' },
    },
  };
}
