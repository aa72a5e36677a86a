import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { OPEN_WEBHOOKS } from '../contract/tasks.ts';
import { createAwsDependencies } from './aws/aws-dependencies.ts';
import { CONTEXT_OPTIONS, createLambdaLog, MIDDY_OPTIONS } from './aws/lambda-log.ts';
import { environment } from './environment.ts';
import { reportDaily } from './use-cases/licenses/report-daily.ts';
import { reportOpenWebhooks } from './use-cases/webhooks/report-open-webhooks.ts';

const log = createLambdaLog();
const dependencies = createAwsDependencies(log);

interface ScheduledEvent {
  /** What to look for; without it, the overdue vendor actions and the effective ones. */
  readonly look?: typeof OPEN_WEBHOOKS;
}

/** Schedules invoke it. If a run fails, Lambda retries it, and the retry skips what was reported. */
export const handler = middy<ScheduledEvent>(MIDDY_OPTIONS)
  .use(injectLambdaContext(log, CONTEXT_OPTIONS))
  .handler(({ look }) =>
    look === OPEN_WEBHOOKS
      ? reportOpenWebhooks(dependencies)
      : reportDaily(dependencies, { afterDays: environment.overdueAfterDays() }),
  );
