import { Duration } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { WEBHOOK_NEEDS_ATTENTION } from '../contract/table.ts';
import type { HandlerFunction } from './handler-function.ts';

/** Counts the lines in the function's log about webhooks that need a person. */
export function countAttention({ logGroup }: HandlerFunction, metricName: string): Metric {
  return logGroup
    .addMetricFilter(metricName, {
      filterPattern: FilterPattern.stringValue('$.message', '=', `${WEBHOOK_NEEDS_ATTENTION}*`),
      metricNamespace: 'Relicense',
      metricName,
    })
    .metric({ period: Duration.minutes(5), statistic: Stats.SUM });
}
