/** Finds the endpoint that an event addresses, and answers an event that addresses no endpoint. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { CorsOrigins } from '../../contract/cors-origins.ts';
import type { Endpoint } from '../../contract/endpoint.ts';
import { answerOptions, isOpenToPages } from './cross-origin.ts';
import type { Answer } from './http/answer.ts';
import { problem } from './http/problem.ts';

/**
 * The key of an event's endpoint, such as `GET /orders`. A path with a GET endpoint has API Gateway's route `ANY /orders`, so
 * that HEAD and methods without an endpoint arrive as well; HEAD is served as GET.
 */
export function endpointKeyOf(event: APIGatewayProxyEventV2): string {
  const [routeMethod = '', path = ''] = event.routeKey.split(' ');
  const method = routeMethod === 'ANY' ? event.requestContext.http.method : routeMethod;
  return `${method === 'HEAD' ? 'GET' : method} ${path}`;
}

/**
 * The answer to a request that no endpoint serves: 405 with `Allow` on a path that has other methods, 204 to OPTIONS where
 * pages of other origins are allowed, a redirect from `/docs/` to `/docs`, else 404.
 * @param known the endpoints whose paths the function knows
 */
export function answerUnserved(
  event: APIGatewayProxyEventV2,
  known: readonly Endpoint[],
  origins: CorsOrigins | undefined,
): Answer {
  const { method } = event.requestContext.http;
  const path = event.rawPath;
  const here = known.filter((endpoint) => isAt(endpoint, event));
  const isRead = method === 'GET' || method === 'HEAD';
  if (here.length === 0) {
    if (isRead && path.endsWith('/') && known.some((endpoint) => isPage(endpoint, path.slice(0, -1)))) {
      return { status: 308, headers: { location: `../${encodeURIComponent(path.split('/').at(-2) ?? '')}` } };
    }
    return problem('not-found', `Nothing exists at ${method} ${path}.`);
  }
  const methods = new Set<string>(here.map((endpoint) => endpoint.method));
  if (methods.has('GET')) methods.add('HEAD');
  const isOpen = origins !== undefined && here.every((endpoint) => isOpenToPages(endpoint.function));
  if (isOpen) methods.add('OPTIONS');
  const allow = [...methods].sort().join(', ');
  if (isOpen && method === 'OPTIONS') return answerOptions(event, allow, origins);
  return problem('method-not-allowed', `${path} does not support ${method}. Use ${allow}.`, {}, { allow });
}

function isAt(endpoint: Endpoint, { routeKey, rawPath }: APIGatewayProxyEventV2): boolean {
  const [, path] = routeKey.split(' ');
  return path === undefined ? matches(endpoint.path, rawPath) : endpoint.path === path;
}

function isPage({ method, path, function: name }: Endpoint, given: string): boolean {
  return method === 'GET' && name === 'public' && given !== '' && given !== '/' && matches(path, given);
}

/** A variable matches one segment that is not empty. */
function matches(template: string, path: string): boolean {
  const segments = template.split('/');
  const given = path.split('/');
  return (
    segments.length === given.length &&
    segments.every((segment, index) => (segment.startsWith('{') ? given[index] !== '' : segment === given[index]))
  );
}
