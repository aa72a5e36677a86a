import type { RemovalPolicy } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BULK_FUNCTION_ARN, bulkDefinition } from './bulk-definition.ts';
import { BULK_TIMEOUT_SECONDS, HandlerFunction } from './handler-function.ts';
import type { LicenseTable } from './table.ts';
import { taskStateMachine } from './task-state-machine.ts';
import type { Workflow } from './workflow.ts';

export interface BulkOrdersProps {
  readonly licenses: LicenseTable;
  readonly workflow: Workflow;
  readonly bundle: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/** Bulk orders: the function that gives their orders, and the state machine that leads it through them. */
export class BulkOrders extends Construct {
  readonly bulkFunction: HandlerFunction;
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { licenses, workflow, bundle, removalPolicy }: BulkOrdersProps) {
    super(scope, id);
    this.bulkFunction = new HandlerFunction(scope, 'BulkFunction', {
      name: 'bulk',
      bundle,
      environment: {
        TABLE_NAME: licenses.table.tableName,
        STATE_MACHINE_ARN: workflow.stateMachine.stateMachineArn,
      },
    });
    this.stateMachine = taskStateMachine(this, 'StateMachine', {
      definition: bulkDefinition(BULK_TIMEOUT_SECONDS + 30),
      lambda: this.bulkFunction.lambda,
      substitution: BULK_FUNCTION_ARN,
      sid: 'CarryOutBulkOrders',
      removalPolicy,
    });
    licenses.allowUseBy(this.bulkFunction.role);
    workflow.allowRollingForwardBy(this.bulkFunction.role);
  }

  /** For the one that reads the table's stream, where a bulk order says that it wants to be carried out. */
  allowStartingBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'StartBulkOrders',
        actions: ['states:StartExecution'],
        resources: [this.stateMachine.stateMachineArn],
      }),
    );
  }
}
