import type { FunctionName } from '../contract/endpoints.ts';

/**
 * Every Lambda function of the stack: those that serve endpoints, the one that carries out the workflow's tasks, the one that
 * reads the table's stream, the one that delivers events, the one that reports what is overdue, and the one that carries out
 * bulk orders.
 */
export type StackFunctionName = FunctionName | 'workflow' | 'events' | 'delivery' | 'overdue' | 'bulk';

export const STACK_FUNCTIONS = [
  'vendor',
  'depot',
  'public',
  'workflow',
  'events',
  'delivery',
  'overdue',
  'bulk',
] as const satisfies readonly StackFunctionName[];

/**
 * The tag that says which of `STACK_FUNCTIONS` a resource belongs to. CloudFormation's logical ids carry a hash, so this
 * is how a reader of the template finds a function, and how a bill is split.
 */
export const FUNCTION_TAG = 'relicense:function';
