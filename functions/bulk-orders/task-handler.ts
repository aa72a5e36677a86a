import { assertNever } from '../../domain/license.ts';
import type { BulkRound, BulkTaskEvent, Runtime } from '../ports.ts';
import { order } from './order.ts';
import { select } from './select.ts';

/** The one function behind both tasks of a bulk order, told apart by `task`. */
export function createBulkTaskHandler(runtime: () => Runtime): (event: BulkTaskEvent) => Promise<BulkRound> {
  return ({ task, input: { bulkOrder, run, rounds } }) => {
    switch (task) {
      case 'Select':
        return select(runtime(), { bulkOrder, run, rounds });
      case 'Order':
        return order(runtime(), { bulkOrder, run, rounds });
      default:
        return assertNever(task);
    }
  };
}
