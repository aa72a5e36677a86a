import { awsBulkRuns } from '../aws/bulk-runs.ts';
import { awsDeliveryRuns } from '../aws/delivery-runs.ts';
import { awsRuntime } from '../aws/runtime.ts';
import { createStreamHandler } from './consume.ts';

export const handler = createStreamHandler({
  runtime: awsRuntime,
  deliveryRuns: awsDeliveryRuns(),
  bulkRuns: awsBulkRuns(),
});
