import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { EndpointName } from '../../contract/endpoints.ts';
import type { Dependencies } from '../dependencies.ts';
import { TableBusy } from '../store/transactions.ts';
import type { Answer } from './answer.ts';
import type { Authenticate } from './authentication/authenticate.ts';
import { problem } from './problem.ts';
import { createRateLimiter } from './rate-limits/rate-limiter.ts';
import { route } from './route.ts';

type Result = APIGatewayProxyStructuredResultV2;
type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<Result>;
type Registry = Readonly<
  Partial<Record<EndpointName, (request: never, dependencies: Dependencies) => Promise<Answer>>>
>;

/**
 * A Lambda handler for these operations; the runtime is made at the first event, not before.
 * @param identify says who calls; a function all of whose endpoints are for everybody needs none
 */
export function serve(
  operations: Registry,
  dependencies: () => Dependencies,
  identify: Authenticate = refuseTokens,
): HttpHandler {
  const door = { gate: createRateLimiter(), identify };
  const handler = middy<APIGatewayProxyEventV2, Result>(async (event: APIGatewayProxyEventV2) =>
    toResult(await route(operations, event, dependencies(), door)),
  );
  handler.use({
    onError: (request) => {
      request.response = toResult(answerToError(request.error));
    },
  });
  // Middy wants Lambda's invocation context, which none of the handlers uses.
  return (event) => handler(event, {} as never) as Promise<Result>;
}

const refuseTokens: Authenticate = () => Promise.reject(new Error('An endpoint of this function wants a token'));

/** A machine that is broken or busy. The log gets the whole error, the caller nothing of it. */
function answerToError(error: unknown): Answer {
  if (error instanceof TableBusy || isThrottled(error)) {
    return problem(
      'too-many-requests',
      'Too many at once; nothing was changed. Try again.',
      {},
      { 'retry-after': '1' },
    );
  }
  console.error(error);
  return problem('internal-error', 'The request could not be finished. Asking again is safe.');
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
  const type = status === 304 ? {} : { 'content-type': 'application/json' };
  return {
    statusCode: status,
    headers: { ...type, 'cache-control': 'no-store', ...headers },
    body: text ?? (body === undefined ? '' : JSON.stringify(body)),
  };
}
