import { Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { keptVersions, LIVE, type Operation, vendedLog } from './operation.ts';

export interface TaskStateMachineProps {
  /** In Amazon States Language. */
  readonly definition: object;
  /** CloudFormation's substitutions in the definition: the function's ARN among them. */
  readonly substitutions: Readonly<Record<string, string>>;
  /** Of the function that runs every task. */
  readonly alias: Alias;
  readonly operation: Operation;
}

export interface TaskStateMachine {
  readonly stateMachine: StateMachine;
  /** Of the alias with which executions start. */
  readonly liveArn: string;
}

/** A Standard state machine whose tasks are one function, which it may invoke. Creates its log in `scope` as `Log`. */
export function taskStateMachine(scope: Construct, id: string, props: TaskStateMachineProps): TaskStateMachine {
  const { definition, substitutions, alias, operation } = props;
  const stateMachine = new StateMachine(scope, id, {
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
    definitionSubstitutions: { ...substitutions },
    removalPolicy: operation.removalPolicy,
    logs: {
      destination: vendedLog(scope, 'Log', 'states', operation),
      // A log of every event would cost more than the transitions, and the execution history keeps the events anyway.
      level: LogLevel.ERROR,
      // The input of an execution contains ticket codes.
      includeExecutionData: false,
    },
    tracingEnabled: operation.tracing,
  });
  Validations.of(stateMachine).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The actions that set up log delivery, such as logs:CreateLogDelivery, accept no resource.',
    },
    {
      id: 'AwsSolutions-SF1',
      reason: 'The execution history keeps every event; a log of all of them would cost more than the transitions.',
    },
    {
      id: 'AwsSolutions-SF2',
      reason: 'The states run one after the other, so the execution history already is the trace.',
    },
  );
  // Not `grantInvoke`, which would allow every version and alias too.
  Grant.addToPrincipal({
    grantee: stateMachine,
    actions: ['lambda:InvokeFunction'],
    resourceArns: [alias.functionArn],
  });
  // Executions keep the definition with which they started, and the names of the versions say which. Not step by step: a repeated
  // start must get the same version.
  const version = new CfnStateMachineVersion(scope, 'Version', {
    stateMachineArn: stateMachine.stateMachineArn,
    stateMachineRevisionId: stateMachine.stateMachineRevisionId,
  });
  version.applyRemovalPolicy(keptVersions(operation.removalPolicy));
  const live = new CfnStateMachineAlias(scope, 'Live', {
    name: LIVE,
    deploymentPreference: { stateMachineVersionArn: version.attrArn, type: 'ALL_AT_ONCE' },
  });
  return { stateMachine, liveArn: live.attrArn };
}

export function grantStartExecution(stateMachine: StateMachine, grantee: IGrantable): void {
  Grant.addToPrincipal({ grantee, actions: ['states:StartExecution'], resourceArns: [stateMachine.stateMachineArn] });
}
