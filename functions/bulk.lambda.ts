import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { BulkTaskEvent } from '../contract/tasks.ts';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { createBulkTaskHandler } from './use-cases/bulk-orders/task-handler.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log);

export const handler = middy<BulkTaskEvent>(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .handler(createBulkTaskHandler(() => dependencies));
