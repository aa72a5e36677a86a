import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Endpoint, type Endpoints, requestSchemas } from '../../contract/endpoint.ts';
import { type Fault, parseInput } from '../../contract/parse-input.ts';
import type { Scope } from '../../contract/scopes.ts';
import { type JsonFault, parseJson } from '../../protocol/index.ts';
import { type Attempt, singleAttempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Answer, ApiRequest, OperationsOf } from './answer.ts';
import type { Authenticate } from './authentication/authenticate.ts';
import type { Caller } from './authentication/caller.ts';
import { withIdempotencyKey } from './idempotency/idempotency.ts';
import { problem, refuse } from './problem.ts';
import type { RateLimiter } from './rate-limits/rate-limiter.ts';

/** Bytes of a request's body: a thousand activations and as many deactivations take an eighth of it. */
export const MAX_BODY_BYTES = 1_048_576;
const MAX_BODY_DEPTH = 16;

/** An endpoint with the operation that serves it. */
interface Route {
  readonly endpoint: Endpoint;
  readonly operation: (request: ParsedRequest, dependencies: Dependencies) => Promise<Answer>;
}

/** The routes of one Lambda function, by API Gateway's route key. */
export type Routes = ReadonlyMap<string, Route>;

/** Joins each endpoint of a contract with its operation. */
export function createRoutes<Contract extends Endpoints>(
  contract: Contract,
  operations: OperationsOf<Contract>,
): Routes {
  return new Map(
    Object.entries(contract).map(([name, endpoint]) => {
      // The parser makes exactly what the operation of the same name takes: its schemas are those of the endpoint.
      const operation = operations[name as keyof Contract] as unknown as Route['operation'];
      return [`${endpoint.method} ${endpoint.path}`, { endpoint, operation }];
    }),
  );
}

/** Who may enter: what one instance of a function knows about its callers. */
export interface Admission {
  readonly rateLimiter: RateLimiter;
  readonly authenticate: Authenticate;
}

/** One event on its way to its operation. */
interface Exchange extends Admission {
  readonly route: Route;
  readonly event: APIGatewayProxyEventV2;
  readonly dependencies: Dependencies;
}

/**
 * Answers an event: finds the endpoint, checks the rate limit of the address, authenticates and authorizes the caller,
 * parses the request, and only then runs the operation.
 */
export async function route(
  routes: Routes,
  event: APIGatewayProxyEventV2,
  dependencies: Dependencies,
  admission: Admission,
): Promise<Answer> {
  const found = routes.get(event.routeKey);
  if (found === undefined) {
    return problem('not-found', `There is nothing at ${event.requestContext.http.method} ${event.rawPath}.`);
  }
  const { endpoint } = found;
  const { rateLimiter } = admission;
  const refused = rateLimiter.refuse(dependencies, endpoint, event);
  if (refused !== undefined) return refused;
  const exchange: Exchange = { ...admission, route: found, event, dependencies };
  const answer =
    endpoint.scope === undefined ? await answerPublic(exchange) : await answerAuthenticated(exchange, endpoint.scope);
  rateLimiter.recordFailure(dependencies, endpoint, event, answer);
  return answer;
}

async function answerPublic({ route, event, dependencies }: Exchange): Promise<Answer> {
  const request = parseRequest(route.endpoint, event);
  if (request.kind === 'refused') return request.answer;
  return route.operation({ ...request.parts, attempt: singleAttempt(dependencies.random) }, dependencies);
}

/** Authentication comes before parsing, so that a caller without a token learns nothing about what exists. */
async function answerAuthenticated(exchange: Exchange, scope: Scope): Promise<Answer> {
  const { event, dependencies, rateLimiter, authenticate } = exchange;
  const identified = await authenticate(dependencies, event.headers.authorization);
  if ('refused' in identified) return identified.refused;
  const { caller } = identified;
  const limited = await rateLimiter.takeToken(dependencies, caller, event);
  const answer = limited.refused ?? (await answerAuthorized(exchange, scope, caller));
  return { ...answer, headers: { ...answer.headers, ...limited.headers } };
}

async function answerAuthorized(
  { route, event, dependencies }: Exchange,
  scope: Scope,
  caller: Caller,
): Promise<Answer> {
  if (!caller.scopes.includes(scope)) return problem('forbidden', `You lack the scope ${scope}.`, { scope });
  const request = parseRequest(route.endpoint, event);
  if (request.kind === 'refused') return request.answer;
  const { parts } = request;
  function work(attempt: Attempt): Promise<Answer> {
    return route.operation({ ...parts, caller, attempt }, dependencies);
  }
  const key = event.headers['idempotency-key'];
  if (key === undefined || route.endpoint.method !== 'POST') return work(singleAttempt(dependencies.random));
  return withIdempotencyKey(dependencies, { caller, key, route: event.routeKey, request: parts }, work);
}

/** A request whose parts fit the schemas of its endpoint. */
interface ParsedRequest extends Pick<ApiRequest<Endpoint>, 'caller' | 'attempt' | 'headers'> {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

type Parsed =
  | { readonly kind: 'parsed'; readonly parts: Omit<ParsedRequest, 'caller' | 'attempt'> }
  | { readonly kind: 'refused'; readonly answer: Answer };

/** Parses every part and collects every fault, so that one answer lists them all. */
function parseRequest(endpoint: Endpoint, event: APIGatewayProxyEventV2): Parsed {
  const read = readBody(event, endpoint.raw === true);
  if ('refused' in read) return { kind: 'refused', answer: read.refused };
  const schemas = requestSchemas(endpoint);
  const body = parseInput(schemas.body, read.body);
  const params = parseInput(schemas.params, event.pathParameters ?? {}, 'path.');
  const query = parseInput(schemas.query, event.queryStringParameters ?? {}, 'query.');
  if (body.ok && params.ok && query.ok) {
    const parts = { params: params.value, query: query.value, body: body.value, headers: event.headers };
    return { kind: 'parsed', parts };
  }
  const faults = [body, params, query].flatMap((part) => (part.ok ? [] : part.errors));
  return { kind: 'refused', answer: invalid(faults) };
}

type Read = { readonly body: unknown } | { readonly refused: Answer };

function readBody(event: APIGatewayProxyEventV2, raw: boolean): Read {
  if (event.body === undefined || event.body === '') return { body: raw ? '' : {} };
  const source = event.isBase64Encoded ? Buffer.from(event.body, 'base64') : event.body;
  if (source.length > MAX_BODY_BYTES || Buffer.byteLength(source) > MAX_BODY_BYTES) {
    return { refused: problem('payload-too-large', `A body may have ${MAX_BODY_BYTES} bytes.`) };
  }
  if (raw) {
    const text = typeof source === 'string' ? source : decodeUtf8(source);
    return text === undefined ? { refused: badBody(JSON_FAULTS.encoding) } : { body: text };
  }
  const json = parseJson(source, { maxBytes: MAX_BODY_BYTES, maxDepth: MAX_BODY_DEPTH });
  if (json.ok) return { body: json.value };
  return { refused: badBody(JSON_FAULTS[json.code]) };
}

/** Two ids that differ only in bytes that are not UTF-8 must never become one: a lossy decoder would make them equal. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const JSON_FAULTS: Readonly<Record<JsonFault, string>> = {
  'too-large': `is larger than ${MAX_BODY_BYTES} bytes`,
  encoding: 'is not UTF-8',
  'too-deep': `is nested deeper than ${MAX_BODY_DEPTH} levels`,
  'duplicate-key': 'has an object with two members of one name',
  'lone-surrogate': 'has half of a surrogate pair in a string',
  'number-range': 'has a number that is too large',
  syntax: 'is not valid JSON',
};

function badBody(fault: string): Answer {
  return invalid([{ path: '', message: `the body ${fault}` }]);
}

function invalid(errors: readonly Fault[]): Answer {
  return refuse({ code: 'invalid-request', errors });
}
