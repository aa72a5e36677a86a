import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
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

/** A table that exists already, such as one that was restored from a backup. */
export interface ExistingTable {
  readonly name: string;
  /** Of its stream with new and old images. A restored table has none until it is enabled. */
  readonly streamArn: string;
}

export interface LicenseTableProps {
  /** What CloudFormation does with the table when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  /** Whether DynamoDB refuses to delete the table, also when CloudFormation rolls back the first deployment. */
  readonly protect: boolean;
  /** Used instead of a table of the stack. */
  readonly existing?: ExistingTable;
}

/** The only table (design, section 7). The stack and the functions share the names of its keys. */
export class LicenseTable extends Construct {
  readonly table: TableV2 | ITableV2;
  readonly streamArn: string;

  constructor(scope: Construct, id: string, { existing, ...props }: LicenseTableProps) {
    super(scope, id);
    this.table = existing === undefined ? newTable(this, props) : existingTable(this, existing);
    const { tableStreamArn } = this.table;
    if (tableStreamArn === undefined) throw new Error('Bug: the table has no stream');
    this.streamArn = tableStreamArn;
  }

  /** As `grantReadWrite`, and changes single attributes: for the functions of the HTTP API. */
  grantUpdate(grantee: IGrantable): void {
    this.grantReadWrite(grantee);
    this.grant(grantee, ['dynamodb:UpdateItem']);
  }

  /** Reads and writes whole items and queries the index: no scan, no export, nothing about the table itself. */
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

/**
 * A global table with one replica, the table itself: CloudFormation could not turn a table of the older type into one, so that a
 * replica in another region would need an import of the production table.
 */
function newTable(scope: Construct, { removalPolicy, protect }: LicenseTableProps): TableV2 {
  return new TableV2(scope, 'Table', {
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    globalSecondaryIndexes: [
      {
        indexName: INDEX_NAME,
        partitionKey: { name: INDEX_PARTITION_KEY, type: AttributeType.STRING },
        sortKey: { name: INDEX_SORT_KEY, type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      },
    ],
    billing: Billing.onDemand(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: EXPIRY,
    // Items contain ticket codes. CloudTrail records each use of the AWS managed key, without a monthly fee.
    encryption: TableEncryptionV2.awsManagedKey(),
    deletionProtection: protect,
    removalPolicy,
  });
}

function existingTable(scope: Construct, { name, streamArn }: ExistingTable): ITableV2 {
  return TableV2.fromTableAttributes(scope, 'Table', { tableName: name, tableStreamArn: streamArn });
}
