import { Duration, Validations } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, type Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { HandlerFunction } from './handler-function.ts';

export interface ReleasesProps {
  readonly functions: readonly HandlerFunction[];
  readonly stage: HttpStage;
  readonly taskFaults: Metric;
}

const MINUTE = Duration.minutes(1);
/** Faults of tasks in a minute that roll a release back. A single one can be a hiccup of AWS, which the next attempt heals. */
const TASK_FAULTS = 3;

/**
 * Shifts each function to its new version step by step: a tenth of its invocations for 5 minutes, then all. If one of two alarms is
 * raised meanwhile, all functions go back to the version before, and CloudFormation rolls the deployment back.
 */
export class Releases extends Construct {
  constructor(scope: Construct, id: string, { functions, stage, taskFaults }: ReleasesProps) {
    super(scope, id);
    const alarms = [
      this.rollback('ServerErrors', stage.metricServerError({ period: MINUTE, statistic: Stats.SUM }), 0),
      this.rollback('TaskFaults', taskFaults.with({ period: MINUTE }), TASK_FAULTS - 1),
    ];
    const application = new LambdaApplication(this, 'Application');
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: 'It is the policy that AWS keeps for this service; it can change aliases of functions, and no data.',
    });
    for (const { alias, name } of functions) {
      new LambdaDeploymentGroup(this, name, {
        application,
        role,
        alias,
        alarms,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      });
    }
  }

  private rollback(id: string, metric: Metric, above: number): Alarm {
    return new Alarm(this, id, {
      alarmDescription: 'A release that raises this alarm is rolled back',
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
