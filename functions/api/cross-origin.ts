/**
 * Cross-origin requests (CORS, in the Fetch standard): which pages of other origins may use the endpoints that need no vendor
 * token. A vendor token never belongs into a page of another origin, so the vendor's endpoints never allow one.
 */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { CorsOrigins } from '../../contract/cors-origins.ts';
import type { FunctionName } from '../../contract/endpoint.ts';
import type { Answer } from './http/answer.ts';

type Result = APIGatewayProxyStructuredResultV2;

const HEADERS_TO_SEND = 'content-type, if-none-match, prefer';
const HEADERS_TO_READ = 'etag, link, location, retry-after';
/** How long a browser keeps a preflight's answer; Chromium caches it for at most this long. */
const MAX_AGE_SECONDS = 7_200;

/** Whether pages of other origins may use the endpoints of this function, if the operator allows their origin. */
export function isOpenToPages(name: FunctionName): boolean {
  return name !== 'vendor';
}

/** The answer to OPTIONS. It allows what a page asked for only if the page's origin is allowed. */
export function answerOptions(event: APIGatewayProxyEventV2, allow: string, origins: CorsOrigins): Answer {
  const isAllowed = allowedOrigin(event, origins) !== undefined;
  return {
    status: 204,
    headers: {
      allow,
      ...(isAllowed
        ? {
            'access-control-allow-methods': allow,
            'access-control-allow-headers': HEADERS_TO_SEND,
            'access-control-max-age': String(MAX_AGE_SECONDS),
          }
        : {}),
    },
  };
}

/** The result with the headers by which a page of an allowed origin can read it. */
export function openToPages(event: APIGatewayProxyEventV2, result: Result, origins: CorsOrigins | undefined): Result {
  if (origins === undefined) return result;
  const allowed = allowedOrigin(event, origins);
  return {
    ...result,
    headers: {
      ...result.headers,
      // A cache must not return one page's answer to another page.
      ...(origins === '*' ? {} : { vary: 'origin' }),
      ...(allowed === undefined
        ? {}
        : { 'access-control-allow-origin': allowed, 'access-control-expose-headers': HEADERS_TO_READ }),
    },
  };
}

function allowedOrigin(event: APIGatewayProxyEventV2, origins: CorsOrigins): string | undefined {
  const { origin } = event.headers;
  if (origin === undefined) return undefined;
  if (origins === '*') return '*';
  return origins.includes(origin) ? origin : undefined;
}

/** Middleware that does this for each answer, also for that to an error: it must be added before `problemErrors`. */
export function crossOrigin(origins: () => CorsOrigins | undefined): MiddlewareObj<APIGatewayProxyEventV2, Result> {
  const open = (request: { readonly event: APIGatewayProxyEventV2; response: Result | null | undefined }): void => {
    if (request.response) request.response = openToPages(request.event, request.response, origins());
  };
  return { after: open, onError: open };
}
