import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { TaskEvent } from '../contract/tasks.ts';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { taskLog } from './aws/task-log.ts';
import { createKeySets } from './store/cached-key-sets.ts';
import { createTaskHandler } from './use-cases/reprogramming/task-handler.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log, createKeySets);

export const handler = middy<TaskEvent>(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .use(taskLog(log))
  .handler(createTaskHandler(() => dependencies));
