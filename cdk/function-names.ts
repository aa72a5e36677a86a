import type { FunctionName } from '../contract/endpoint.ts';

/** A Lambda function of the stack: `functions/<name>.lambda.ts`. */
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
 * The tag of a Lambda function with its name in `STACK_FUNCTIONS`. CloudFormation's logical ids contain a hash, so readers of
 * the template find a function by this tag. It also splits the bill by function.
 */
export const FUNCTION_TAG = 'relicense:function';
