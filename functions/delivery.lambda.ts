import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { DeliveryExecution } from '../contract/tasks.ts';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { createDeliveryHandler } from './use-cases/events/deliver.ts';
import { createWebhookSender } from './use-cases/events/webhook-sender.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log);

export const handler = middy<DeliveryExecution>(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .handler(
    createDeliveryHandler({
      dependencies: () => dependencies,
      sender: createWebhookSender({ allowPrivate: false }),
    }),
  );
