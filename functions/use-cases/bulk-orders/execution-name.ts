import type { BulkExecution } from '../../../contract/tasks.ts';

/** The name of a run's execution, at most 80 characters. `again` tells another one for the same run from it. */
export function executionName({ bulkOrder, run }: BulkExecution, again: string | undefined): string {
  return again === undefined ? `${bulkOrder}.${run}` : `${bulkOrder}.${run}.${again}`;
}
