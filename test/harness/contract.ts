/** Checks every answer against its endpoint's contract: even an extra member is a fault. */
import * as z from 'zod/mini';
import { ENDPOINT_DOCS } from '../../contract/endpoints.docs.ts';
import { ENDPOINTS, type NamedEndpoint } from '../../contract/endpoints.ts';
import { GATEWAY_PROBLEMS, type GatewayCode } from '../../contract/gateway-problems.ts';
import { GATEWAY_PROBLEM_SCHEMAS, PROBLEM_SCHEMAS } from '../../contract/problem-schemas.ts';
import { PROBLEM_HEADERS } from '../../contract/problems.docs.ts';
import { PROBLEMS, type ProblemCode } from '../../contract/problems.ts';
import { isShownWithTag, problemsOf } from '../../functions/openapi/endpoint-problems.ts';
import { createRouteTable, decodedPath } from '../../local/route-table.ts';

/** An answer; `body` is its parsed JSON. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

const findRoute = createRouteTable(
  ENDPOINTS.map(({ method, path, function: name }) => ({
    routeKey: `${method} ${path}`,
    method,
    path,
    function: name,
  })),
);
const BY_ROUTE: ReadonlyMap<string, NamedEndpoint> = new Map(
  ENDPOINTS.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]),
);

/** The endpoint of a request, or `undefined`. */
function endpointOf(method: string, path: string): NamedEndpoint | undefined {
  const [rawPath = ''] = path.split('?');
  const route = findRoute(method, decodedPath(rawPath) ?? rawPath);
  return typeof route === 'string' ? undefined : BY_ROUTE.get(route.routeKey);
}

/** @throws when the endpoint may not give this answer. */
export function checkAnswer(method: string, path: string, answered: Answered): void {
  const endpoint = endpointOf(method, path);
  const fault = answered.status >= 400 ? faultOfProblem(endpoint, answered) : faultOfAnswer(endpoint, answered);
  if (fault === undefined) return;
  const response = `${method} ${path.slice(0, 300)} -> ${answered.status} ${answered.text.slice(0, 2_000)}`;
  throw new Error(`The answer is not what its schema says: ${fault}\n${response}`);
}

function faultOfAnswer(endpoint: NamedEndpoint | undefined, answered: Answered): string | undefined {
  // The address with a slash at its end leads to the page of the API.
  if (answered.status === 308 && answered.headers.has('location')) return undefined;
  if (endpoint === undefined) return 'it is for no endpoint, and yet no problem';
  const name = endpoint.name;
  const { status, headers, text, body } = answered;
  if (status === 304) return faultOfUnchanged(endpoint, headers, text);
  const schema = endpoint.answers[status];
  if (schema === undefined) return `${name} has no schema for ${status}`;
  const promised =
    (ENDPOINT_DOCS[name].headers as Readonly<Record<number, readonly string[]>> | undefined)?.[status] ?? [];
  const tagged = isShownWithTag(endpoint) ? ['etag'] : [];
  const isJson = headers.get('content-type')?.startsWith('application/json') === true;
  return faultOf(schema, isJson ? body : text) ?? missing(headers, [...promised, ...tagged]);
}

function missing(headers: Headers, promised: readonly string[]): string | undefined {
  const name = promised.find((one) => !headers.has(one));
  return name === undefined ? undefined : `the header ${name} is missing`;
}

/** A 304, which has no body (RFC 9110, 15.4.5). */
function faultOfUnchanged(endpoint: NamedEndpoint, headers: Headers, text: string): string | undefined {
  if (!isShownWithTag(endpoint) || endpoint.method !== 'GET') return `${endpoint.name} has no entity tag`;
  return text === '' ? missing(headers, ['etag']) : 'a 304 has a body';
}

function faultOfProblem(endpoint: NamedEndpoint | undefined, { status, headers, body }: Answered): string | undefined {
  const type = headers.get('content-type');
  if (type !== 'application/problem+json') return `a problem as ${type}`;
  const { code } = (body ?? {}) as { code?: string };
  // The server in front of the functions answers with these itself, whatever the request.
  const ofGateway = GATEWAY_PROBLEM_SCHEMAS.get(code as GatewayCode);
  if (ofGateway !== undefined) {
    return GATEWAY_PROBLEMS[code as GatewayCode].status === status
      ? faultOf(ofGateway, body)
      : `${code} is not ${status}`;
  }
  const schema = PROBLEM_SCHEMAS.get(code as ProblemCode);
  if (schema === undefined) return `the code ${code} is unknown`;
  if (PROBLEMS[code as ProblemCode].status !== status) return `${code} is not ${status}`;
  if (endpoint !== undefined && !problemsOf(endpoint).includes(code as ProblemCode)) {
    return `${endpoint.name} does not list the problem ${code}`;
  }
  return faultOf(schema, body) ?? missing(headers, PROBLEM_HEADERS[code as ProblemCode] ?? []);
}

function faultOf(schema: z.ZodMiniType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : z.prettifyError(parsed.error);
}
