import { awsDependencies } from './aws/aws-dependencies.ts';
import { createDeliveryHandler } from './use-cases/events/deliver.ts';
import { createWebhookSender } from './use-cases/events/webhook-sender.ts';

export const handler = createDeliveryHandler({
  dependencies: awsDependencies,
  sender: createWebhookSender({ allowPrivate: false }),
});
