import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { HandlerFunction } from './handler-function.ts';
import type { LicenseTable } from './table.ts';

const OVERDUE_AFTER_DAYS = 30;

export interface OverdueProps {
  readonly licenses: LicenseTable;
  readonly bundle: boolean;
  /** Days that a vendor action may be pending before the vendor is told; 30 unless said. */
  readonly afterDays: number | undefined;
}

/** Once a day: which vendor actions are pending too long? The function reads and writes items, and can do nothing else. */
export class Overdue extends Construct {
  readonly overdueFunction: HandlerFunction;

  constructor(scope: Construct, id: string, { licenses, bundle, afterDays = OVERDUE_AFTER_DAYS }: OverdueProps) {
    super(scope, id);
    if (!Number.isSafeInteger(afterDays) || afterDays < 1)
      throw new Error('overdueAfterDays is a number of days, from 1 on');
    this.overdueFunction = new HandlerFunction(scope, 'OverdueFunction', {
      name: 'overdue',
      bundle,
      environment: { TABLE_NAME: licenses.table.tableName, OVERDUE_AFTER_DAYS: String(afterDays) },
    });
    licenses.allowReportingBy(this.overdueFunction.role);
    new Rule(this, 'Daily', {
      description: 'Relicense: which vendor actions are pending too long?',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(this.overdueFunction.lambda)],
    });
  }
}
