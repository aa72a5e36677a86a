import { ArnFormat, Aws, CfnElement, Stack, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IConstruct } from 'constructs';
import { type HandlerFunction, WORKFLOW_TIMEOUT_SECONDS } from './handler-function.ts';
import type { Operation } from './operation.ts';
import { taskStateMachine } from './task-state-machine.ts';
import { PARTITION, WORKFLOW_FUNCTION_ARN, workflowDefinition } from './workflow-definition.ts';

export interface WorkflowProps {
  /** Runs every task. */
  readonly workflowFunction: HandlerFunction;
  readonly operation: Operation;
}

/** The state machine of reprogrammings: one Standard execution per reprogramming. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  /** Of the alias with which executions start. */
  readonly liveArn: string;
  private readonly describeExecutions: Policy;

  constructor(scope: Construct, id: string, { workflowFunction, operation }: WorkflowProps) {
    super(scope, id);
    const { alias } = workflowFunction;
    const { stateMachine, liveArn } = taskStateMachine(this, 'StateMachine', {
      definition: workflowDefinition(WORKFLOW_TIMEOUT_SECONDS + 30),
      substitutions: { [WORKFLOW_FUNCTION_ARN]: alias.functionArn, [PARTITION]: Aws.PARTITION },
      alias,
      operation,
    });
    this.stateMachine = stateMachine;
    this.liveArn = liveArn;
    this.describeExecutions = new Policy(this, 'AskAfterReprogrammings', {
      statements: [
        new PolicyStatement({
          actions: ['states:DescribeExecution'],
          resources: [
            Stack.of(this).formatArn({
              service: 'states',
              resource: 'execution',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
              resourceName: `${this.stateMachine.stateMachineName}:*`,
            }),
          ],
        }),
      ],
    });
    Validations.of(this.describeExecutions).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${logicalIdOf(this.stateMachine)}.Name>:*]`,
      reason: 'An execution has the name of its reprogramming, which exists only after a request for it.',
    });
  }

  /** Starts executions and reads whether they run: for a handler that restarts the execution behind a stale lock. */
  grantStart(grantee: IRole): void {
    this.grant(grantee, ['states:StartExecution']);
    this.describeExecutions.attachToRole(grantee);
  }

  /** As `grantStart`, and sends receipts: for the handlers of the HTTP API. */
  grantStartAndReceipt(grantee: IRole): void {
    this.grant(grantee, ['states:StartExecution', 'states:SendTaskSuccess']);
    this.describeExecutions.attachToRole(grantee);
  }

  /**
   * Sends receipts: for the workflow function. This is a policy of its own, because the state machine depends on the
   * function, and the function depends on the default policy of its role. There, the grant would close a circle.
   */
  grantReceipt(grantee: IRole): void {
    this.grant(new Policy(this, 'SendReceipts', { roles: [grantee] }), ['states:SendTaskSuccess']);
  }

  private grant(grantee: IGrantable, actions: string[]): void {
    Grant.addToPrincipal({ grantee, actions, resourceArns: [this.stateMachine.stateMachineArn] });
  }
}

/** The logical id of a construct: findings of cdk-nag contain it. */
function logicalIdOf(construct: IConstruct): string {
  const resource = construct.node.defaultChild;
  if (resource === undefined || !CfnElement.isCfnElement(resource)) {
    throw new Error(`Bug: ${construct.node.path} is not a CloudFormation resource`);
  }
  return Stack.of(construct).getLogicalId(resource);
}
