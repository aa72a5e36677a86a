import { Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { type Operation, vendedLog } from './operation.ts';

export interface TaskStateMachineProps {
  /** In Amazon States Language. */
  readonly definition: object;
  /** CloudFormation's substitutions in the definition: the function's ARN among them. */
  readonly substitutions: Readonly<Record<string, string>>;
  /** Runs every task. */
  readonly lambda: LambdaFunction;
  readonly operation: Operation;
}

/** A Standard state machine whose tasks are one function, which it may invoke. Creates its log in `scope` as `Log`. */
export function taskStateMachine(scope: Construct, id: string, props: TaskStateMachineProps): StateMachine {
  const { definition, substitutions, lambda, operation } = props;
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
    resourceArns: [lambda.functionArn],
  });
  return stateMachine;
}

export function grantStartExecution(stateMachine: StateMachine, grantee: IGrantable): void {
  Grant.addToPrincipal({ grantee, actions: ['states:StartExecution'], resourceArns: [stateMachine.stateMachineArn] });
}
