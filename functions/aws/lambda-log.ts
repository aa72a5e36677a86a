import { Logger } from '@aws-lambda-powertools/logger';

/**
 * The log of one Lambda function. Each entry is one line of JSON, which Lambda stores unchanged. `injectLambdaContext` adds
 * the request id and `cold_start` to each line.
 */
export function createLambdaLog(): Logger {
  return new Logger({
    serviceName: 'relicense',
    jsonReplacerFn: (_, value) => (value instanceof Error ? describeError(value) : value),
  });
}

/** Omits the other members of an error: an AWS error can carry the item that failed a condition. */
function describeError(error: Error): object {
  const { name, message, stack, cause } = error;
  return { name, message, stack, cause, ...('$metadata' in error ? { aws: error.$metadata } : {}) };
}

/** Lambda itself ends an invocation that takes too long; an early end by middy would leave the handler's work running. */
export const MIDDY_OPTIONS = { timeoutEarlyInMillis: 0 };

/** Keys end with their invocation. No setting may log events, because they carry tokens and ticket codes. */
export const CONTEXT_OPTIONS = { resetKeys: true, logEvent: false };
