import { Aws, Duration } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Operation } from 'aws-cdk-lib/aws-dynamodb';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { INDEX_NAME } from '../contract/table.ts';
import type { BulkOrders } from './bulk-orders.ts';
import type { Events } from './events.ts';
import type { HandlerFunction } from './handler-function.ts';
import type { LicenseTable } from './table.ts';

const PERIOD = Duration.minutes(5);
const SUM = { period: PERIOD, statistic: Stats.SUM };

export interface AlarmsProps {
  readonly table: LicenseTable['table'];
  readonly stage: HttpStage;
  readonly stateMachine: StateMachine;
  readonly functions: readonly HandlerFunction[];
  readonly workflowFunction: HandlerFunction;
  readonly events: Events;
  readonly overdueFunction: HandlerFunction;
  /** Counts the tasks that failed and are retried. */
  readonly taskFaults: IMetric;
  /** Counts the requests that API Gateway or a function answered with 429. */
  readonly tooManyRequests: IMetric;
  readonly webhooksFailed: IMetric;
  readonly webhooksWaiting: IMetric;
  readonly bulkOrders: BulkOrders;
  /** The address that gets a mail for each alarm. Its owner has to confirm the subscription once. */
  readonly email?: string;
  /** Invocations at once that the account may have. */
  readonly concurrencyQuota: number;
}

/** Executions that an account may have open at once. */
const OPEN_EXECUTIONS = 1_000_000;

/** The alarms for the operator. All of them go to one topic. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { displayName: 'Relicense alarms', enforceSSL: true });
    // `enforceSSL` gives the topic a policy, and a topic with its own policy does not accept alarms by default.
    this.topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));

    const machines = [props.stateMachine, props.events.stateMachine, props.bulkOrders.stateMachine];
    this.raise('FailedReprogrammings', 'A reprogramming has failed and must be redriven', {
      metric: failedExecutions(props.stateMachine),
    });
    // The workflow function also throws for everyday results: a conflict, an empty plan, a locked container. If a step is
    // broken, the state machine retries it at least every 5 minutes, so most invocations fail for a long time.
    this.raise('WorkflowErrors', 'Most tasks of the workflow have failed for a quarter of an hour', {
      metric: new MathExpression({
        expression: 'IF(invocations > 0, 100 * errors / invocations, 0)',
        usingMetrics: {
          errors: props.workflowFunction.lambda.metricErrors(SUM),
          invocations: props.workflowFunction.lambda.metricInvocations(SUM),
        },
        period: PERIOD,
      }),
      above: 50,
      periods: 3,
    });
    // After a failed run, a queue waits until the next event for it.
    this.raise('FailedDeliveries', 'A run of event deliveries has failed and must be redriven', {
      metric: failedExecutions(props.events.stateMachine),
    });
    this.raise('FailedBulkOrders', 'A bulk order has failed and must be redriven', {
      metric: failedExecutions(props.bulkOrders.stateMachine),
    });
    // The stream keeps records for 24 hours. An event that is not queued by then reaches no endpoint.
    this.raise('EventsLate', 'The events of the last hour are not queued yet', {
      metric: props.events.eventsFunction.lambda.metric('IteratorAge', { period: PERIOD, statistic: Stats.MAXIMUM }),
      above: 3_600_000,
    });
    this.raise(
      'EventsSetAside',
      'An event could not be read and reaches no endpoint: see the log of the events function',
      {
        metric: props.events.setAside,
      },
    );
    this.raise(
      'StuckReprogramming',
      'For 40 minutes, tasks of the workflow have failed: at least one reprogramming does not get on',
      {
        metric: props.taskFaults,
        window: Duration.minutes(10),
        periods: 4,
      },
    );
    this.raise('AbortedExecutions', 'Somebody has stopped an execution', {
      metric: sumOf(machines.map((each) => each.metricAborted(SUM))),
    });
    this.raise(
      'ThrottledExecutions',
      'Step Functions delays or refuses executions: ask for a higher quota of transitions or starts',
      {
        metric: sumOf(machines.map((each) => each.metric('ExecutionThrottled', SUM))),
      },
    );
    this.raise(
      'OpenExecutions',
      'The account has used 70 % of its open executions: above the quota, no reprogramming can start',
      {
        metric: new Metric({
          namespace: 'AWS/States',
          metricName: 'OpenExecutionCount',
          period: PERIOD,
          statistic: Stats.MAXIMUM,
        }),
        above: 0.7 * OPEN_EXECUTIONS,
      },
    );
    this.raise('DeadLetters', 'An event has failed too often and waits to be replayed: see relicense endpoints', {
      metric: props.events.deadLetters,
    });
    this.raise(
      'TooManyRequests',
      'Requests are answered with 429, in three periods: a quota or requestsPerSecond is too low',
      {
        metric: props.tooManyRequests,
        above: 10,
        periods: 3,
      },
    );
    this.raise('SlowAnswers', 'One request in ten takes longer than 9 s, also without waiting for its update', {
      metric: props.stage.metricLatency({ period: PERIOD, statistic: Stats.p(90) }),
      above: 9_000,
      periods: 3,
    });
    this.raise(
      'Concurrency',
      'Functions use 80 % of the concurrency of the account: above the quota, invocations are refused',
      {
        metric: new Metric({
          namespace: 'AWS/Lambda',
          metricName: 'ConcurrentExecutions',
          period: PERIOD,
          statistic: Stats.MAXIMUM,
        }),
        above: 0.8 * props.concurrencyQuota,
      },
    );
    this.raise(
      'TableThrottles',
      'DynamoDB throttles requests: a key is too hot, or the table grows faster than its throughput',
      {
        metric: sumOf([
          ...TABLE_OPERATIONS.map((operation) =>
            props.table.metric('ThrottledRequests', {
              ...SUM,
              dimensionsMap: { TableName: props.table.tableName, Operation: operation },
            }),
          ),
          props.table.metric('WriteThrottleEvents', {
            ...SUM,
            dimensionsMap: { TableName: props.table.tableName, GlobalSecondaryIndexName: INDEX_NAME },
          }),
        ]),
        above: 10,
      },
    );
    this.raise('OverdueReport', 'The daily report of overdue vendor actions has failed', {
      metric: props.overdueFunction.lambda.metricErrors(SUM),
    });
    this.raise(
      'WebhooksNeedAttention',
      'A webhook of the ERP or a shop has failed, or waits too long: a paid order may not be delivered. See relicense webhooks list',
      { metric: sumOf([props.webhooksFailed, props.webhooksWaiting]) },
    );
    this.raise('Throttles', 'Lambda rejects invocations: the concurrency of the account or of a function is used up', {
      metric: sumOf(props.functions.map((each) => each.lambda.metricThrottles(SUM))),
    });
    this.raise('ServerErrors', 'The API has answered requests with 5xx', {
      metric: props.stage.metricServerError(SUM),
    });
    this.raise('TableErrors', 'DynamoDB has answered requests with an internal error', {
      metric: sumOf(
        TABLE_OPERATIONS.map((operation) =>
          props.table.metric('SystemErrors', {
            ...SUM,
            dimensionsMap: { TableName: props.table.tableName, Operation: operation },
          }),
        ),
      ),
    });
  }

  private raise(
    id: string,
    alarmDescription: string,
    {
      metric,
      above = 0,
      periods = 1,
      window,
    }: { metric: IMetric; above?: number; periods?: number; window?: Duration },
  ): void {
    const alarm = new Alarm(this, id, {
      alarmDescription,
      metric: window !== undefined && metric instanceof Metric ? metric.with({ period: window }) : metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    this.all.push(alarm);
  }
}

/** The operations that the functions use. An alarm reads at most 10 metrics. */
const TABLE_OPERATIONS = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.QUERY,
  Operation.PUT_ITEM,
  Operation.UPDATE_ITEM,
  Operation.DELETE_ITEM,
  Operation.TRANSACT_WRITE_ITEMS,
] as const;

/** The sum of metrics, where a metric without a data point counts as 0: otherwise the sum would have no data point either. */
function sumOf(metrics: readonly IMetric[]): MathExpression {
  return new MathExpression({
    expression: metrics.map((_, index) => `FILL(m${index}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
    period: PERIOD,
  });
}

/** The executions that failed or timed out. */
function failedExecutions(stateMachine: StateMachine): MathExpression {
  return sumOf([stateMachine.metricFailed(SUM), stateMachine.metricTimedOut(SUM)]);
}
