import { Duration } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import type { HandlerFunction } from './handler-function.ts';

/** Counts the lines in the function's log whose message contains this text. */
export function countLines({ logGroup }: HandlerFunction, metricName: string, text: string): Metric {
  return logGroup
    .addMetricFilter(metricName, {
      filterPattern: FilterPattern.stringValue('$.message', '=', `*${text}*`),
      metricNamespace: 'Relicense',
      metricName,
    })
    .metric({ period: Duration.minutes(5), statistic: Stats.SUM });
}
