import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BULK_FUNCTION_ARN, bulkDefinition } from './bulk-definition.ts';
import { BULK_TIMEOUT_SECONDS, HandlerFunction } from './handler-function.ts';
import type { Operation } from './operation.ts';
import type { LicenseTable } from './table.ts';
import { grantStartExecution, taskStateMachine } from './task-state-machine.ts';
import type { Workflow } from './workflow.ts';

export interface BulkOrdersProps {
  readonly licenses: LicenseTable;
  readonly workflow: Workflow;
  readonly operation: Operation;
}

/** Bulk orders: the function that applies a vendor action to each license, and the state machine that invokes it. */
export class BulkOrders extends Construct {
  readonly bulkFunction: HandlerFunction;
  readonly stateMachine: StateMachine;
  /** Of the alias with which executions start. */
  readonly liveArn: string;

  constructor(scope: Construct, id: string, { licenses, workflow, operation }: BulkOrdersProps) {
    super(scope, id);
    this.bulkFunction = new HandlerFunction(scope, 'BulkFunction', {
      name: 'bulk',
      operation,
      environment: {
        TABLE_NAME: licenses.table.tableName,
        STATE_MACHINE_ARN: workflow.liveArn,
      },
    });
    const { stateMachine, liveArn } = taskStateMachine(this, 'StateMachine', {
      definition: bulkDefinition(BULK_TIMEOUT_SECONDS + 30),
      substitutions: { [BULK_FUNCTION_ARN]: this.bulkFunction.alias.functionArn },
      alias: this.bulkFunction.alias,
      operation,
    });
    this.stateMachine = stateMachine;
    this.liveArn = liveArn;
    licenses.grantReadWrite(this.bulkFunction.role);
    workflow.grantStart(this.bulkFunction.role);
  }

  /** Starts bulk orders: for the function that reads the table's stream, where a new bulk order appears. */
  grantStart(grantee: IGrantable): void {
    grantStartExecution(this.stateMachine, grantee);
  }
}
