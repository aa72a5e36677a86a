import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EXPIRY, INDEX_NAME, INDEX_PARTITION_KEY, INDEX_SORT_KEY, PARTITION_KEY, SORT_KEY } from '../contract/table.ts';

/**
 * A transaction needs the actions of its writes, and `ConditionCheckItem` for items that it only checks. `BatchWriteItem` is
 * missing on purpose, because it has no conditions.
 */
const ITEM_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
] as const;

/** The reports read by container, by license and by webhook, write only whole items, and remove a wait that they reported. */
const REPORT_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:DeleteItem',
] as const;

/** Queues of events are read by partition and written as whole items. */
const QUEUE_ACTIONS = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:PutItem'] as const;

export interface LicenseTableProps {
  /** What CloudFormation does with the table when the stack is deleted. All but `DESTROY` also protect it from deletion. */
  readonly removalPolicy: RemovalPolicy;
}

/** The only table (design, section 7). The stack and the functions share the names of its keys. */
export class LicenseTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: LicenseTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: EXPIRY,
      // Items contain ticket codes. CloudTrail records each use of the AWS managed key, without a monthly fee.
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: props.removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy: props.removalPolicy,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: INDEX_NAME,
      partitionKey: { name: INDEX_PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: INDEX_SORT_KEY, type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }

  /** Reads and writes items by key and queries the index: no scan, no export, nothing about the table itself. */
  grantReadWrite(grantee: IGrantable): void {
    this.grant(grantee, ITEM_ACTIONS);
    this.grantQueryIndex(grantee);
  }

  /** For the reports of overdue actions and of open webhooks. */
  grantReport(grantee: IGrantable): void {
    this.grant(grantee, REPORT_ACTIONS);
    this.grantQueryIndex(grantee);
  }

  /** For the function that queues events: it reads by item and by partition, never by the index. */
  grantQueueEvents(grantee: IGrantable): void {
    this.grant(grantee, QUEUE_ACTIONS);
  }

  /** For the function that delivers events: it also removes delivered events from their queue. */
  grantDeliverEvents(grantee: IGrantable): void {
    this.grant(grantee, [...QUEUE_ACTIONS, 'dynamodb:DeleteItem']);
  }

  private grant(grantee: IGrantable, actions: readonly string[]): void {
    Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [this.table.tableArn] });
  }

  private grantQueryIndex(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [`${this.table.tableArn}/index/${INDEX_NAME}`],
    });
  }
}
