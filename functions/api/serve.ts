import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Endpoint } from '../../contract/endpoint.ts';
import { type Dependencies, type Log, WorkflowBusy } from '../dependencies.ts';
import { TableBusy } from '../store/transactions.ts';
import type { Authenticate } from './authentication/authenticate.ts';
import type { Answer } from './http/answer.ts';
import { problem } from './http/problem.ts';
import { problemForReader } from './problem-for-reader.ts';
import { createRateLimiter } from './rate-limits/rate-limiter.ts';
import { type Routes, route } from './route.ts';

type Result = APIGatewayProxyStructuredResultV2;
type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<Result>;

/**
 * A handler of API Gateway's events for these routes. It throws what an operation throws: see `problemErrors`.
 * @param dependencies called at the first event, not before
 * @param authenticate identifies the caller; a function with public endpoints only does not need it
 * @param known endpoints whose paths get 405 for a wrong method; the function that serves `$default` knows all of them
 */
export function serve(
  routes: Routes,
  dependencies: () => Dependencies,
  authenticate: Authenticate = refuseTokens,
  known: readonly Endpoint[] = [...routes.values()].map(({ endpoint }) => endpoint),
): HttpHandler {
  const checks = { rateLimiter: createRateLimiter(), authenticate, known };
  return async (event) => {
    const result = toResult(problemForReader(event, await route(routes, event, dependencies(), checks)));
    return event.requestContext.http.method === 'HEAD' ? { ...result, body: '' } : result;
  };
}

const refuseTokens: Authenticate = () =>
  Promise.reject(new Error('Bug: this function has an endpoint with a scope, so it must authenticate'));

/** Middleware that answers an error with a problem document. */
export function problemErrors(log: Log): MiddlewareObj<APIGatewayProxyEventV2, Result> {
  return {
    onError: (request) => {
      request.response = resultOfError(request.error, log);
    },
  };
}

/** The answer to an error: 429 if the table was busy, 503 if the workflow was, else 500. Only the log gets the error. */
export function resultOfError(error: unknown, log: Log): Result {
  if (error instanceof TableBusy || isThrottled(error)) {
    const retryLater = { 'retry-after': '1' };
    return toResult(
      problem(
        'too-many-requests',
        'Too many requests at the same time; nothing was changed. Try again.',
        {},
        retryLater,
      ),
    );
  }
  if (error instanceof WorkflowBusy) {
    // The alarms of executions show this too; the line names the quota.
    log.warn('A reprogramming could not be started', { error });
    const retryLater = { 'retry-after': '5' };
    return toResult(
      problem(
        'workflow-busy',
        'No reprogramming can start at the moment; nothing was changed. Try again.',
        {},
        retryLater,
      ),
    );
  }
  log.error('A request failed', { error });
  return toResult(problem('internal-error', 'The server could not finish the request. Repeating it is safe.'));
}

function isThrottled(error: unknown): boolean {
  return error instanceof Error && THROTTLED.has(error.name);
}

const THROTTLED: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]);

function toResult({ status, body, text, headers }: Answer): Result {
  const type = status === 304 || status === 204 || status === 308 ? {} : { 'content-type': 'application/json' };
  return {
    statusCode: status,
    headers: { ...type, 'cache-control': 'no-store', ...headers },
    body: text ?? (body === undefined ? '' : JSON.stringify(body)),
  };
}
