import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { OPEN_WEBHOOKS } from '../contract/tasks.ts';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { environment } from './environment.ts';
import { reportDaily } from './use-cases/licenses/report-daily.ts';
import { reportEveryQuarter } from './use-cases/webhooks/report-every-quarter.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log);

interface ScheduledEvent {
  /** What to look for; without it, the overdue vendor actions and the effective ones. */
  readonly look?: typeof OPEN_WEBHOOKS;
}

/** Schedules invoke it. If a run fails, Lambda retries it, and the retry skips what was reported. */
export const handler = middy<ScheduledEvent>(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .handler(({ look }) => {
    const settings = { afterDays: environment.overdueAfterDays() };
    return look === OPEN_WEBHOOKS ? reportEveryQuarter(dependencies, settings) : reportDaily(dependencies, settings);
  });
