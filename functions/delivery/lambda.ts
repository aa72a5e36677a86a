import { awsRuntime } from '../aws/runtime.ts';
import { createCourier } from '../events/courier.ts';
import { createDeliveryHandler } from '../events/deliver.ts';

export const handler = createDeliveryHandler({ runtime: awsRuntime, courier: createCourier({ allowPrivate: false }) });
