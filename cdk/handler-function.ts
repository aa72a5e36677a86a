import { Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundleFunction } from './bundle-function.ts';
import { FUNCTION_TAG, type StackFunctionName } from './function-names.ts';

/** Memory in MiB and time-out of each function. An HTTP API waits 29 s at most, a workflow task as long as it is told. */
const SIZES: Readonly<Record<StackFunctionName, { readonly memoryMiB: number; readonly timeoutSeconds: number }>> = {
  vendor: { memoryMiB: 512, timeoutSeconds: 28 },
  depot: { memoryMiB: 512, timeoutSeconds: 28 },
  public: { memoryMiB: 256, timeoutSeconds: 10 },
  // A step with a thousand licenses is some twenty transactions, one after the other.
  workflow: { memoryMiB: 512, timeoutSeconds: 120 },
  // A record may tell of a thousand licenses, each of which is queued for each endpoint.
  events: { memoryMiB: 512, timeoutSeconds: 120 },
  // A round begins no delivery after 60 s, and the last one takes 15.
  delivery: { memoryMiB: 512, timeoutSeconds: 120 },
  // A run begins no page of containers after 240 s.
  overdue: { memoryMiB: 256, timeoutSeconds: 300 },
  // A round begins nothing after 60 s, and the last order may wait for a container's lock.
  bulk: { memoryMiB: 512, timeoutSeconds: 120 },
};

export const WORKFLOW_TIMEOUT_SECONDS = SIZES.workflow.timeoutSeconds;
export const DELIVERY_TIMEOUT_SECONDS = SIZES.delivery.timeoutSeconds;
export const BULK_TIMEOUT_SECONDS = SIZES.bulk.timeoutSeconds;

export interface HandlerFunctionProps {
  readonly name: StackFunctionName;
  /** Handed on whole: the function sees exactly these variables and those that Lambda itself sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** `false` puts a placeholder where the code belongs: enough to read the stack, not to deploy it. */
  readonly bundle: boolean;
}

/** One Lambda function, with a role that can write its own log and nothing else until it is granted more. */
export class HandlerFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { name, environment, bundle } = props;
    const { memoryMiB, timeoutSeconds } = SIZES[name];
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.logGroup = logGroup;
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'WriteLog',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    this.lambda = new LambdaFunction(this, 'Function', {
      description: `Relicense ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundle ? Code.fromAsset(bundleFunction(name).directory) : Code.fromInline('// not bundled'),
      role: this.role,
      environment: { ...environment },
      memorySize: memoryMiB,
      timeout: Duration.seconds(timeoutSeconds),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // At INFO, Lambda writes a start and a report line for each invocation, which costs more than the invocation.
      systemLogLevelV2: SystemLogLevel.WARN,
    });
    Tags.of(this.lambda).add(FUNCTION_TAG, name);
  }
}
