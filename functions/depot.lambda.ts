import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { crossOrigin } from './api/cross-origin.ts';
import { DEPOT_ROUTES } from './api/operations/depot.ts';
import { requestLog } from './api/request-log.ts';
import { problemErrors, serve } from './api/serve.ts';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { createKeySets } from './store/cached-key-sets.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log, createKeySets);

export const handler = middy(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .use(requestLog(log))
  .use(crossOrigin(() => dependencies.corsOrigins))
  .use(problemErrors(log))
  .handler(serve(DEPOT_ROUTES, () => dependencies));
