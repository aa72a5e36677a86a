import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { WEBHOOK_NEEDS_ATTENTION } from '../contract/table.ts';
import { OPEN_WEBHOOKS } from '../contract/tasks.ts';
import { countLines } from './count-lines.ts';
import { HandlerFunction } from './handler-function.ts';
import type { Operation } from './operation.ts';
import type { LicenseTable } from './table.ts';

const OVERDUE_AFTER_DAYS = 30;

export interface OverdueProps {
  readonly licenses: LicenseTable;
  readonly operation: Operation;
  /** After so many days, an event reports a pending vendor action to the vendor. Default: 30. */
  readonly afterDays: number | undefined;
}

/**
 * A function reports, once a day, vendor actions that are pending too long and, every 15 minutes, webhooks that wait too long. It
 * may read and write items, and nothing else.
 */
export class Overdue extends Construct {
  readonly overdueFunction: HandlerFunction;
  /** Counts the webhooks that wait too long, and those whose processing stopped. */
  readonly webhooksWaiting: Metric;

  constructor(scope: Construct, id: string, { licenses, operation, afterDays = OVERDUE_AFTER_DAYS }: OverdueProps) {
    super(scope, id);
    if (!Number.isSafeInteger(afterDays) || afterDays < 1) {
      throw new Error(`overdueAfterDays must be a whole number of days, at least 1; got ${afterDays}`);
    }
    this.overdueFunction = new HandlerFunction(scope, 'OverdueFunction', {
      name: 'overdue',
      operation,
      environment: { TABLE_NAME: licenses.table.tableName, OVERDUE_AFTER_DAYS: String(afterDays) },
    });
    licenses.grantReport(this.overdueFunction.role);
    new Rule(this, 'Daily', {
      description: 'Relicense: reports vendor actions that are pending too long',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(this.overdueFunction.invoked)],
    });
    new Rule(this, 'EveryQuarter', {
      description: 'Relicense: reports webhooks that wait too long for their order',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [
        new LambdaFunction(this.overdueFunction.invoked, {
          event: RuleTargetInput.fromObject({ look: OPEN_WEBHOOKS }),
        }),
      ],
    });
    this.webhooksWaiting = countLines(this.overdueFunction, 'WebhooksWaiting', WEBHOOK_NEEDS_ATTENTION);
  }
}
