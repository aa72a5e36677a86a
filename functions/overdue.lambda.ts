import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { environment } from './environment.ts';
import { reportOverdueActions } from './use-cases/containers/report-overdue-actions.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log);

/** The schedule invokes it. If a run fails, Lambda retries it, and the retry skips the actions that were reported. */
export const handler = middy(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .handler(() => reportOverdueActions(dependencies, { afterDays: environment.overdueAfterDays() }));
