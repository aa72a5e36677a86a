import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ENDPOINTS, type Endpoint, type EndpointName, type Scope } from '../../contract/endpoints.ts';
import { type Fault, parseInput } from '../../contract/parse-input.ts';
import { REQUESTS } from '../../contract/requests.ts';
import { parseJson } from '../../protocol/index.ts';
import { type Attempt, singleAttempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Answer } from './answer.ts';
import type { Authenticate } from './authentication/authenticate.ts';
import type { Caller } from './authentication/caller.ts';
import { withIdempotencyKey } from './idempotency/idempotency.ts';
import { problem, refuse } from './problem.ts';
import type { RateLimiter } from './rate-limits/rate-limiter.ts';

/** Bytes of a request's body: a thousand activations and as many deactivations take an eighth of it. */
export const MAX_BODY_BYTES = 1_048_576;
const MAX_BODY_DEPTH = 16;

type AnyOperation = (request: never, dependencies: Dependencies) => Promise<Answer>;

const BY_ROUTE: ReadonlyMap<string, Endpoint> = new Map(
  ENDPOINTS.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]),
);

/** What an instance knows of those who call it. */
export interface Admission {
  readonly gate: RateLimiter;
  readonly identify: Authenticate;
}

/** Takes an event to its operation: whether it is let in, who asks, what is asked, and only then the work. */
export async function route(
  operations: Readonly<Partial<Record<EndpointName, AnyOperation>>>,
  event: APIGatewayProxyEventV2,
  dependencies: Dependencies,
  door: Admission,
): Promise<Answer> {
  const endpoint = BY_ROUTE.get(event.routeKey);
  const operation = endpoint === undefined ? undefined : operations[endpoint.name as EndpointName];
  if (endpoint === undefined || operation === undefined) {
    return problem('not-found', `There is nothing at ${event.requestContext.http.method} ${event.rawPath}.`);
  }
  const refused = door.gate.refuse(dependencies, endpoint, event);
  if (refused !== undefined) return refused;
  const answer =
    endpoint.scope === undefined
      ? await answerPublic(endpoint, operation, event, dependencies)
      : await answerAuthenticated(endpoint, endpoint.scope, operation, event, dependencies, door);
  door.gate.recordFailure(dependencies, endpoint, event, answer);
  return answer;
}

async function answerPublic(
  endpoint: Endpoint,
  operation: AnyOperation,
  event: APIGatewayProxyEventV2,
  dependencies: Dependencies,
): Promise<Answer> {
  const request = requestOf(endpoint, event);
  if ('refused' in request) return request.refused;
  return operation({ ...request, attempt: singleAttempt(dependencies.random) } as never, dependencies);
}

/** Nothing is said about what exists: who asks is looked at before what is asked. */
async function answerAuthenticated(
  endpoint: Endpoint,
  scope: Scope,
  operation: AnyOperation,
  event: APIGatewayProxyEventV2,
  dependencies: Dependencies,
  { gate, identify }: Admission,
): Promise<Answer> {
  const identified = await identify(dependencies, event.headers.authorization);
  if ('refused' in identified) return identified.refused;
  const { caller } = identified;
  const spent = await gate.takeToken(dependencies, caller, event);
  const answer = spent.refused ?? (await answerAuthorized(endpoint, scope, operation, event, dependencies, caller));
  return { ...answer, headers: { ...answer.headers, ...spent.headers } };
}

async function answerAuthorized(
  endpoint: Endpoint,
  scope: Scope,
  operation: AnyOperation,
  event: APIGatewayProxyEventV2,
  dependencies: Dependencies,
  caller: Caller,
): Promise<Answer> {
  if (!caller.scopes.includes(scope)) return problem('forbidden', `You lack the scope ${scope}.`, { scope });
  const request = requestOf(endpoint, event);
  if ('refused' in request) return request.refused;
  const work = (attempt: Attempt): Promise<Answer> => operation({ ...request, caller, attempt } as never, dependencies);
  const key = event.headers['idempotency-key'];
  if (key === undefined || endpoint.method !== 'POST') return work(singleAttempt(dependencies.random));
  return withIdempotencyKey(dependencies, { caller, key, route: event.routeKey, request }, work);
}

function requestOf(endpoint: Endpoint, event: APIGatewayProxyEventV2): Parsed {
  const read = readBody(event, endpoint.raw === true);
  return 'refused' in read ? read : parseRequest(endpoint.name as EndpointName, event, read.body);
}

type Read = { readonly body: unknown } | { readonly refused: Answer };

function readBody(event: APIGatewayProxyEventV2, raw: boolean): Read {
  if (event.body === undefined || event.body === '') return { body: raw ? '' : {} };
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
  if (text.length > MAX_BODY_BYTES || Buffer.byteLength(text) > MAX_BODY_BYTES) {
    return { refused: problem('payload-too-large', `A body may have ${MAX_BODY_BYTES} bytes.`) };
  }
  if (raw) return { body: text };
  const json = parseJson(text, { maxBytes: MAX_BODY_BYTES, maxDepth: MAX_BODY_DEPTH });
  if (json.ok) return { body: json.value };
  return { refused: invalid([{ path: '', message: `The body is no acceptable JSON: ${json.code}` }]) };
}

type Parsed = { readonly refused: Answer } | Readonly<Record<'params' | 'query' | 'body' | 'headers', unknown>>;

/** Parses every part and collects every fault, so that one answer tells them all. */
function parseRequest(name: EndpointName, event: APIGatewayProxyEventV2, body: unknown): Parsed {
  const schemas = REQUESTS[name];
  const content = parseInput(schemas.body, body);
  const params = parseInput(schemas.params, event.pathParameters ?? {}, 'path.');
  const query = parseInput(schemas.query, event.queryStringParameters ?? {}, 'query.');
  if (content.ok && params.ok && query.ok) {
    return { params: params.value, query: query.value, body: content.value, headers: event.headers };
  }
  return { refused: invalid([content, params, query].flatMap((part) => (part.ok ? [] : part.errors))) };
}

function invalid(errors: readonly Fault[]): Answer {
  return refuse({ code: 'invalid-request', errors });
}
