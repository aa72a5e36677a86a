import { Aws, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StackFunctionName } from './function-names.ts';

/** Invocations at once that a function may have, and that no other function of the account can take. */
export type ReservedConcurrency = Readonly<Partial<Record<StackFunctionName, number>>>;

/** How the parts of a stack are deployed and run; the same for all of them. */
export interface Operation {
  /** `false` omits the functions' code: such a stack can be read, but not deployed. */
  readonly bundle: boolean;
  /** What CloudFormation does with the state machines and the logs when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  readonly reservedConcurrency: ReservedConcurrency;
  /** Whether X-Ray traces requests and executions. */
  readonly tracing: boolean;
}

/**
 * A log group that another service than Lambda writes to. With this prefix, CloudWatch needs no entry for it in the resource policy
 * of the account's logs, which ends at 5,120 characters. The name also has a part of the stack's id: a group that an earlier stack of
 * the same name has kept is not in the way.
 */
export function vendedLog(
  scope: Construct,
  id: string,
  service: 'apis' | 'states',
  { removalPolicy }: Operation,
): LogGroup {
  const stackUuid = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${service}/${Aws.STACK_NAME}-${stackUuid}/${scope.node.id}`,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy,
  });
}

/** The name of the alias that callers use: of functions and of state machines. */
export const LIVE = 'live';

/** Old versions stay, so that an alias can be pointed back to one. A stage that leaves nothing behind deletes them. */
export function keptVersions(removalPolicy: RemovalPolicy): RemovalPolicy {
  return removalPolicy === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}
