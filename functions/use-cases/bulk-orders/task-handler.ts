import type { BulkTaskEvent, BulkTaskResult } from '../../../contract/tasks.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { orderTask } from './order-task.ts';
import { selectTask } from './select-task.ts';

/** The handler of the bulk function, which runs both tasks of a bulk order. */
export function createBulkTaskHandler(
  dependencies: () => Dependencies,
): (event: BulkTaskEvent) => Promise<BulkTaskResult> {
  return ({ task, input: { bulkOrder, run, rounds } }) => {
    switch (task) {
      case 'Select':
        return selectTask(dependencies(), { bulkOrder, run, rounds });
      case 'Order':
        return orderTask(dependencies(), { bulkOrder, run, rounds });
      default:
        return assertNever(task);
    }
  };
}
