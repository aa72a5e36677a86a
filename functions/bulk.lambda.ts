import { awsDependencies } from './aws/aws-dependencies.ts';
import { createBulkTaskHandler } from './use-cases/bulk-orders/task-handler.ts';

export const handler = createBulkTaskHandler(awsDependencies);
