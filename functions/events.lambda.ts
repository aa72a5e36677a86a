import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { awsBulkExecutions, awsDeliveryExecutions } from './aws/executions.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { createStreamHandler, type StreamEvent } from './use-cases/events/consume.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log);

export const handler = middy<StreamEvent>(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .handler(
    createStreamHandler({
      dependencies: () => dependencies,
      deliveryRuns: awsDeliveryExecutions(),
      bulkRuns: awsBulkExecutions(),
    }),
  );
