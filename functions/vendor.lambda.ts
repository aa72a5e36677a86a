import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { createAuthenticate } from './api/authentication/authenticate.ts';
import { VENDOR_ROUTES } from './api/operations/vendor.ts';
import { logCaller, requestLog } from './api/request-log.ts';
import { problemErrors, serve } from './api/serve.ts';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { createKeySets } from './store/cached-key-sets.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log, createKeySets);

export const handler = middy(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .use(requestLog(log))
  .use(problemErrors(log))
  .handler(serve(VENDOR_ROUTES, () => dependencies, logCaller(createAuthenticate(), log)));
