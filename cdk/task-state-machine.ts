import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

export interface TaskStateMachineProps {
  readonly definition: object;
  /** Carries out every task. */
  readonly lambda: LambdaFunction;
  /** The definition substitution that becomes the function's ARN. */
  readonly substitution: string;
  /** What the grant to invoke the function is called. */
  readonly sid: string;
  readonly removalPolicy: RemovalPolicy;
}

/** A Standard state machine whose tasks are one function that it alone invokes. Its log is made in `scope` as `Log`. */
export function taskStateMachine(scope: Construct, id: string, props: TaskStateMachineProps): StateMachine {
  const { definition, lambda, substitution, sid, removalPolicy } = props;
  const stateMachine = new StateMachine(scope, id, {
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
    definitionSubstitutions: { [substitution]: lambda.functionArn },
    removalPolicy,
    logs: {
      destination: new LogGroup(scope, 'Log', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: LogLevel.ERROR,
      includeExecutionData: false,
    },
    tracingEnabled: false,
  });
  Validations.of(stateMachine).acknowledge(
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
  stateMachine.role.addToPrincipalPolicy(
    new PolicyStatement({ sid, actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] }),
  );
  return stateMachine;
}
