import { Aws, Duration } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Operation, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { BulkOrders } from './bulk-orders.ts';
import type { Events } from './events.ts';
import type { HandlerFunction } from './handler-function.ts';

const PERIOD = Duration.minutes(5);
const SUM = { period: PERIOD, statistic: Stats.SUM };

export interface AlarmsProps {
  readonly table: Table;
  readonly stage: HttpStage;
  readonly stateMachine: StateMachine;
  readonly functions: readonly HandlerFunction[];
  readonly workflowFunction: HandlerFunction;
  readonly events: Events;
  readonly overdueFunction: HandlerFunction;
  readonly bulkOrders: BulkOrders;
  /** Where alarms are mailed to; whoever owns the address has to confirm the subscription once. */
  readonly email?: string;
}

/** What an operator is told of, through one topic. */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { displayName: 'Relicense alarms', enforceSSL: true });
    // `enforceSSL` gives the topic a policy, and with a policy of its own a topic no longer takes alarms by default.
    this.topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));

    this.raise('FailedReprogrammings', 'A reprogramming has failed and waits to be redriven', {
      metric: sumOf([props.stateMachine.metricFailed(SUM), props.stateMachine.metricTimedOut(SUM)]),
    });
    // A conflict, an empty plan and a locked container reach Lambda as errors too, and are daily business. A step that
    // cannot go on is tried again and again, at least every five minutes: then most invocations are errors, for long.
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
    // A queue whose run has failed stands still until something new comes for it.
    this.raise('FailedDeliveries', 'A run of event deliveries has failed and waits to be redriven', {
      metric: sumOf([props.events.stateMachine.metricFailed(SUM), props.events.stateMachine.metricTimedOut(SUM)]),
    });
    this.raise('FailedBulkOrders', 'A bulk order has failed and waits to be redriven', {
      metric: sumOf([
        props.bulkOrders.stateMachine.metricFailed(SUM),
        props.bulkOrders.stateMachine.metricTimedOut(SUM),
      ]),
    });
    // The stream forgets after 24 hours: what is not queued by then reaches nobody.
    this.raise('EventsLate', 'The events of the last hour are not queued yet', {
      metric: props.events.eventsFunction.lambda.metric('IteratorAge', { period: PERIOD, statistic: Stats.MAXIMUM }),
      above: 3_600_000,
    });
    this.raise(
      'EventsSetAside',
      'An event cannot be read, and is sent to no endpoint: the log of the events function names it',
      {
        metric: props.events.setAside,
      },
    );
    this.raise('OverdueReport', 'The daily report of overdue vendor actions has failed', {
      metric: props.overdueFunction.lambda.metricErrors(SUM),
    });
    this.raise('Throttles', 'Lambda turns invocations away: the concurrency of the account or a function is used up', {
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
    { metric, above = 0, periods = 1 }: { metric: IMetric; above?: number; periods?: number },
  ): void {
    new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.topic));
  }
}

/** Every operation that the functions use; an alarm reads ten metrics at most. */
const TABLE_OPERATIONS = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.QUERY,
  Operation.PUT_ITEM,
  Operation.UPDATE_ITEM,
  Operation.DELETE_ITEM,
  Operation.TRANSACT_WRITE_ITEMS,
] as const;

/** Most of these metrics have no point where nothing happened, and a sum with a missing point is missing. */
function sumOf(metrics: readonly IMetric[]): MathExpression {
  return new MathExpression({
    expression: metrics.map((_, index) => `FILL(m${index}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
    period: PERIOD,
  });
}
