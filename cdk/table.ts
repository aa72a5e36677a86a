import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EXPIRY, INDEX_NAME, INDEX_PARTITION_KEY, INDEX_SORT_KEY, PARTITION_KEY, SORT_KEY } from '../contract/table.ts';

/**
 * A transaction needs the actions of its items, and `ConditionCheckItem` for what it only checks. There is no
 * `BatchWriteItem`, which knows no conditions.
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

/** What is pending is read by container and by license, and only puts are written. */
const REPORT_ACTIONS = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:PutItem'] as const;

/** The outbox writes whole items. */
const QUEUE_ACTIONS = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'] as const;

export interface LicenseTableProps {
  /** What becomes of the table with the stack. Anything but `DESTROY` also protects it from deletion by hand. */
  readonly removalPolicy: RemovalPolicy;
}

/** The one table (design, section 7). Its key names are the functions' own constants. */
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
      // Ticket codes are bearer secrets. With the AWS managed key each use of it is in CloudTrail, for no monthly fee.
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

  /** Reading and writing of items by key and by index: no scan, no export, nothing about the table itself. */
  allowUseBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({ sid: 'UseItems', actions: [...ITEM_ACTIONS], resources: [this.table.tableArn] }),
    );
    this.allowQueryingIndexBy(role);
  }

  /** What the report of overdue actions takes. */
  allowReportingBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({ sid: 'Report', actions: [...REPORT_ACTIONS], resources: [this.table.tableArn] }),
    );
    this.allowQueryingIndexBy(role);
  }

  private allowQueryingIndexBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'QueryIndex',
        actions: ['dynamodb:Query'],
        resources: [`${this.table.tableArn}/index/${INDEX_NAME}`],
      }),
    );
  }

  /** What the outbox of events takes: it reads by item and by partition, never by the index. */
  allowQueueingBy(role: IRole, { removing }: { readonly removing: boolean }): void {
    const actions = removing ? [...QUEUE_ACTIONS, 'dynamodb:DeleteItem'] : [...QUEUE_ACTIONS];
    role.addToPrincipalPolicy(new PolicyStatement({ sid: 'UseOutbox', actions, resources: [this.table.tableArn] }));
  }
}
