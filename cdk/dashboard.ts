import { Duration } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  LogQueryWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { HandlerFunction } from './handler-function.ts';
import type { LicenseTable } from './table.ts';

export interface DashboardProps {
  readonly alarms: readonly Alarm[];
  readonly stage: HttpStage;
  readonly functions: readonly HandlerFunction[];
  /** By the name that the graph shows. */
  readonly stateMachines: Readonly<Record<string, StateMachine>>;
  readonly table: LicenseTable['table'];
  readonly tooManyRequests: IMetric;
  /** Metrics of the business, such as dead letters and webhooks. */
  readonly attention: readonly IMetric[];
}

const PERIOD = Duration.minutes(5);
const SUM = { period: PERIOD, statistic: Stats.SUM };

/** One page for the operator: the alarms first, then requests, executions, functions and the table. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { alarms, stage, functions, stateMachines, table } = props;
    const machines = Object.entries(stateMachines);
    const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
      new GraphWidget({ title, left: [...left], right: [...right], width: 12, height: 6 });
    new CloudWatchDashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(1),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 5 })],
        [
          graph(
            'Requests, and answers that are errors',
            [stage.metricCount(SUM)],
            [stage.metricClientError(SUM), stage.metricServerError(SUM), props.tooManyRequests],
          ),
          graph('Latency in milliseconds', [
            stage.metricLatency({ period: PERIOD, statistic: Stats.p(50), label: 'half' }),
            stage.metricLatency({ period: PERIOD, statistic: Stats.p(99), label: '99 %' }),
          ]),
        ],
        [
          graph(
            'Executions started, and failed',
            machines.map(([label, machine]) => machine.metricStarted({ ...SUM, label })),
            machines.map(([label, machine]) => machine.metricFailed({ ...SUM, label: `${label} failed` })),
          ),
          graph('What needs a person', props.attention),
        ],
        [
          graph(
            'Invocations',
            functions.map(({ lambda, name }) => lambda.metricInvocations({ ...SUM, label: name })),
          ),
          graph(
            'Longest invocation in milliseconds',
            functions.map(({ lambda, name }) =>
              lambda.metricDuration({ period: PERIOD, statistic: Stats.MAXIMUM, label: name }),
            ),
          ),
        ],
        [
          graph(
            'Capacity of the table',
            [table.metricConsumedWriteCapacityUnits(SUM)],
            [table.metricConsumedReadCapacityUnits(SUM)],
          ),
          new LogQueryWidget({
            title: 'Latest problems',
            logGroupNames: functions.map(({ logGroup }) => logGroup.logGroupName),
            queryLines: [
              'fields @timestamp, message, reprogramming, container, request_id, error.name',
              'filter level in ["ERROR", "WARN"]',
              'sort @timestamp desc',
              'limit 50',
            ],
            width: 12,
            height: 6,
          }),
        ],
      ],
    });
  }
}
