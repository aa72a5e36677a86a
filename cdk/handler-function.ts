import { Duration, Tags, Validations } from 'aws-cdk-lib';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type Alias,
  ApplicationLogLevel,
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundleFunction } from './bundle-function.ts';
import { FUNCTION_TAG, type StackFunctionName } from './function-names.ts';
import { keptVersions, LIVE, type Operation } from './operation.ts';

/** Memory and time-out of each function. API Gateway waits at most 30 s, a state machine for the task's time-out. */
const SIZES: Readonly<Record<StackFunctionName, { readonly memoryMiB: number; readonly timeoutSeconds: number }>> = {
  vendor: { memoryMiB: 512, timeoutSeconds: 28 },
  depot: { memoryMiB: 512, timeoutSeconds: 28 },
  public: { memoryMiB: 256, timeoutSeconds: 10 },
  // A step with 1,000 licenses is about 20 transactions, one after the other.
  workflow: { memoryMiB: 512, timeoutSeconds: 120 },
  // A record can contain the events of 1,000 licenses, and each event is queued for each endpoint.
  events: { memoryMiB: 512, timeoutSeconds: 120 },
  // A task starts no delivery after 60 s, and a delivery takes at most 15 s.
  delivery: { memoryMiB: 512, timeoutSeconds: 120 },
  // A run starts no page of containers after 240 s.
  overdue: { memoryMiB: 256, timeoutSeconds: 300 },
  // A task starts no vendor action after 60 s, and the last one may wait for a container's lock.
  bulk: { memoryMiB: 512, timeoutSeconds: 120 },
};

export const WORKFLOW_TIMEOUT_SECONDS = SIZES.workflow.timeoutSeconds;
export const DELIVERY_TIMEOUT_SECONDS = SIZES.delivery.timeoutSeconds;
export const BULK_TIMEOUT_SECONDS = SIZES.bulk.timeoutSeconds;

export interface HandlerFunctionProps {
  readonly name: StackFunctionName;
  /** The function gets exactly these variables, beside those that Lambda sets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly operation: Operation;
}

/** One Lambda function. Without further grants, its role may only write to the function's own log. */
export class HandlerFunction extends Construct {
  readonly name: StackFunctionName;
  readonly lambda: LambdaFunction;
  /** The function's newest version: everything that invokes the function does it by this alias. */
  readonly alias: Alias;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { name, environment, operation } = props;
    const reserved = operation.reservedConcurrency[name];
    const { memoryMiB, timeoutSeconds } = SIZES[name];
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: operation.removalPolicy,
    });
    this.name = name;
    this.logGroup = logGroup;
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    Grant.addToPrincipal({
      grantee: this.role,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resourceArns: [logGroup.logGroupArn],
    });
    this.lambda = new LambdaFunction(this, 'Function', {
      description: `Relicense ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: operation.bundle ? Code.fromAsset(bundleFunction(name).directory) : Code.fromInline('// not bundled'),
      role: this.role,
      environment: { ...environment },
      memorySize: memoryMiB,
      timeout: Duration.seconds(timeoutSeconds),
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      tracing: operation.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      currentVersionOptions: { removalPolicy: keptVersions(operation.removalPolicy) },
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // At INFO, Lambda writes a start and a report line per invocation, which cost more than the invocation.
      systemLogLevelV2: SystemLogLevel.WARN,
    });
    if (operation.tracing) {
      Validations.of(this.role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'The actions of X-Ray accept no resource.',
      });
    }
    Tags.of(this.lambda).add(FUNCTION_TAG, name);
    this.alias = this.lambda.addAlias(LIVE);
  }

  /** The alias as what invokes a function takes it. The CDK's own types differ in an optional member. */
  get invoked(): IFunction {
    return this.alias as IFunction;
  }
}
