import { awsRuntime } from '../aws/runtime.ts';
import { createTaskHandler } from './task-handler.ts';

export const handler = createTaskHandler(awsRuntime);
