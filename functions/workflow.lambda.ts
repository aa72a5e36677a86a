import { awsDependencies } from './aws/aws-dependencies.ts';
import { createTaskHandler } from './use-cases/reprogramming/task-handler.ts';

export const handler = createTaskHandler(awsDependencies);
