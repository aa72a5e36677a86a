import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  BULK_ORDER,
  BULK_RUN_WANTED,
  DEAD_LETTER,
  DELIVERY_QUEUE,
  EVENT_PREFIX,
  KEY_SET_PREFIX,
  QUEUE_WANTED,
  SET_ASIDE,
  UPDATE_PREFIX,
} from '../contract/table.ts';
import type { BulkOrders } from './bulk-orders.ts';
import { countLines } from './count-lines.ts';
import { DELIVERY_FUNCTION_ARN, deliveryDefinition } from './delivery-definition.ts';
import { DELIVERY_TIMEOUT_SECONDS, HandlerFunction } from './handler-function.ts';
import type { Operation } from './operation.ts';
import type { LicenseTable } from './table.ts';
import { grantStartExecution, taskStateMachine } from './task-state-machine.ts';

/** At most so many records per invocation; Lambda collects them for at most so long. */
const BATCH_SIZE = 100;
const BATCH_WINDOW = Duration.seconds(1);

export interface EventsProps {
  readonly licenses: LicenseTable;
  /** The stream's consumer starts their executions. */
  readonly bulkOrders: BulkOrders;
  readonly operation: Operation;
}

/**
 * Events to the vendor's endpoints: the table's stream, the function that queues the events in it, and the state machine
 * that delivers them. Only the delivery function sends data out of the stack, and it cannot start an execution. The events
 * function also starts bulk orders.
 */
export class Events extends Construct {
  readonly eventsFunction: HandlerFunction;
  readonly deliveryFunction: HandlerFunction;
  readonly stateMachine: StateMachine;
  /** Counts the events that could not be read and so reach no endpoint. */
  readonly setAside: Metric;
  /** Counts the events that reached their last attempt. */
  readonly deadLetters: Metric;

  constructor(scope: Construct, id: string, { licenses, bulkOrders, operation }: EventsProps) {
    super(scope, id);
    const { table } = licenses;
    this.deliveryFunction = new HandlerFunction(scope, 'DeliveryFunction', {
      name: 'delivery',
      operation,
      environment: { TABLE_NAME: table.tableName },
    });
    const { stateMachine, liveArn } = taskStateMachine(this, 'Deliveries', {
      definition: deliveryDefinition(DELIVERY_TIMEOUT_SECONDS + 30),
      substitutions: { [DELIVERY_FUNCTION_ARN]: this.deliveryFunction.alias.functionArn },
      alias: this.deliveryFunction.alias,
      operation,
    });
    this.stateMachine = stateMachine;
    this.eventsFunction = new HandlerFunction(scope, 'EventsFunction', {
      name: 'events',
      operation,
      environment: {
        TABLE_NAME: table.tableName,
        DELIVERY_STATE_MACHINE_ARN: liveArn,
        BULK_STATE_MACHINE_ARN: bulkOrders.liveArn,
      },
    });
    licenses.grantDeliverEvents(this.deliveryFunction.role);
    licenses.grantQueueEvents(this.eventsFunction.role);
    grantStartExecution(this.stateMachine, this.eventsFunction.role);
    bulkOrders.grantStart(this.eventsFunction.role);
    this.consume(licenses.streamArn);
    this.setAside = countLines(this.eventsFunction, 'EventsSetAside', SET_ASIDE);
    this.deadLetters = countLines(this.deliveryFunction, 'DeadLetters', DEAD_LETTER);
  }

  private consume(streamArn: string): void {
    const { invoked, role } = this.eventsFunction;
    Grant.addToPrincipal({
      grantee: role,
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      resourceArns: [streamArn],
    });
    const mapping = new EventSourceMapping(this, 'Stream', {
      target: invoked,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: BATCH_WINDOW,
      // One batch of a shard at a time keeps the order of a license's events.
      parallelizationFactor: 1,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: {
            Keys: { sk: { S: [{ prefix: EVENT_PREFIX }, { prefix: UPDATE_PREFIX }, { prefix: KEY_SET_PREFIX }] } },
          },
        }),
        FilterCriteria.filter({
          dynamodb: {
            Keys: { sk: { S: FilterRule.isEqual(DELIVERY_QUEUE) } },
            NewImage: { [QUEUE_WANTED]: { S: FilterRule.exists() } },
          },
        }),
        FilterCriteria.filter({
          dynamodb: {
            Keys: { sk: { S: FilterRule.isEqual(BULK_ORDER) } },
            NewImage: { [BULK_RUN_WANTED]: { N: FilterRule.exists() } },
          },
        }),
      ],
    });
    // When CloudFormation creates the mapping, Lambda checks that the role can read the stream.
    mapping.node.addDependency(role);
  }
}
