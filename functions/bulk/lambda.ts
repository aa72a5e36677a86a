import { awsRuntime } from '../aws/runtime.ts';
import { createBulkTaskHandler } from '../bulk-orders/task-handler.ts';

export const handler = createBulkTaskHandler(awsRuntime);
