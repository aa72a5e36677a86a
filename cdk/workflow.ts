import { ArnFormat, Aws, CfnElement, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IConstruct } from 'constructs';
import { type HandlerFunction, WORKFLOW_TIMEOUT_SECONDS } from './handler-function.ts';
import { PARTITION, WORKFLOW_FUNCTION_ARN, workflowDefinition } from './workflow-definition.ts';

export interface WorkflowProps {
  /** Carries out every task. */
  readonly workflowFunction: HandlerFunction;
  readonly removalPolicy: RemovalPolicy;
}

/** The state machine: one Standard execution per reprogramming. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  private readonly askAfterReprogrammings: Policy;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const { lambda } = props.workflowFunction;
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(JSON.stringify(workflowDefinition(WORKFLOW_TIMEOUT_SECONDS + 30))),
      definitionSubstitutions: { [WORKFLOW_FUNCTION_ARN]: lambda.functionArn, [PARTITION]: Aws.PARTITION },
      removalPolicy: props.removalPolicy,
      logs: {
        destination: new LogGroup(this, 'Log', {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        // Every event would be logged at a higher price than the transition itself, and the history keeps them anyway.
        level: LogLevel.ERROR,
        // An execution's input holds ticket codes.
        includeExecutionData: false,
      },
      tracingEnabled: false,
    });
    Validations.of(this.stateMachine).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'The actions that set up the delivery of logs (logs:CreateLogDelivery and its kin) take no resource.',
      },
      {
        id: 'AwsSolutions-SF1',
        reason: 'The execution history keeps every event; a log of all of them would cost more than the transitions.',
      },
      {
        id: 'AwsSolutions-SF2',
        reason: 'The states run one after the other, so that the execution history already is the trace.',
      },
    );
    // Not `grantInvoke`, which would allow every version and alias too.
    this.stateMachine.role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'CarryOutTasks',
        actions: ['lambda:InvokeFunction'],
        resources: [lambda.functionArn],
      }),
    );
    this.askAfterReprogrammings = new Policy(this, 'AskAfterReprogrammings', {
      statements: [
        new PolicyStatement({
          sid: 'AskAfterReprogrammings',
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
    Validations.of(this.askAfterReprogrammings).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${logicalIdOf(this.stateMachine)}.Name>:*]`,
      reason: 'An execution has the name of its reprogramming, which only exists once somebody asks for it.',
    });
  }

  /** For handlers: start a reprogramming, ask after it, and hand in its receipt. */
  allowStartingBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'StartReprogrammings',
        actions: ['states:StartExecution', 'states:SendTaskSuccess'],
        resources: [this.stateMachine.stateMachineArn],
      }),
    );
    this.askAfterReprogrammings.attachToRole(role);
  }

  /** For whoever meets a lock that its execution has left behind: ask after that, and start it again. */
  allowRollingForwardBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'RollForward',
        actions: ['states:StartExecution'],
        resources: [this.stateMachine.stateMachineArn],
      }),
    );
    this.askAfterReprogrammings.attachToRole(role);
  }

  /**
   * For the workflow's own function: hand in receipts. A policy of its own, because the state machine needs the function
   * and the function waits for its role's first policy: in that one, the grant would close a circle.
   */
  allowReceiptsBy(role: IRole): void {
    new Policy(this, 'SendReceipts', {
      roles: [role],
      statements: [
        new PolicyStatement({
          sid: 'SendReceipts',
          actions: ['states:SendTaskSuccess'],
          resources: [this.stateMachine.stateMachineArn],
        }),
      ],
    });
  }
}

/** cdk-nag names what it finds by logical ids. */
function logicalIdOf(construct: IConstruct): string {
  const resource = construct.node.defaultChild;
  if (resource === undefined || !CfnElement.isCfnElement(resource)) throw new Error('not a resource of CloudFormation');
  return Stack.of(construct).getLogicalId(resource);
}
