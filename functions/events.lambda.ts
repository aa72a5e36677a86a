import { awsDependencies } from './aws/aws-dependencies.ts';
import { awsBulkExecutions } from './aws/bulk-runs.ts';
import { awsDeliveryExecutions } from './aws/delivery-runs.ts';
import { createStreamHandler } from './use-cases/events/consume.ts';

export const handler = createStreamHandler({
  dependencies: awsDependencies,
  deliveryRuns: awsDeliveryExecutions(),
  bulkRuns: awsBulkExecutions(),
});
