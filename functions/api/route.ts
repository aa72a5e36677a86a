import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Endpoint, type Endpoints, requestSchemas } from '../../contract/endpoint.ts';
import { type Fault, parseInput, parseStrictly } from '../../contract/parse-input.ts';
import type { Scope } from '../../contract/scopes.ts';
import { decodeUtf8, findJsonFault, parseJson } from '../../protocol/index.ts';
import { withParamsOfQuery } from '../../protocol/request-path.ts';
import { type Attempt, singleAttempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerUnserved, endpointKeyOf } from './addressed.ts';
import type { Authenticate } from './authentication/authenticate.ts';
import type { Answer, ApiRequest, OperationsOf } from './http/answer.ts';
import type { Caller } from './http/caller.ts';
import { problem, refuse } from './http/problem.ts';
import { withIdempotencyKey } from './idempotency/idempotency.ts';
import type { RateLimiter } from './rate-limits/rate-limiter.ts';

/** Bytes of a request's body at most. 1,000 activations and 1,000 deactivations need an eighth of it. */
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
      // The parser returns what the operation of the same name accepts, because both have the schemas of the endpoint.
      const operation = operations[name as keyof Contract] as unknown as Route['operation'];
      return [`${endpoint.method} ${endpoint.path}`, { endpoint, operation }];
    }),
  );
}

/** The checks of one function instance before an operation runs. */
export interface AccessChecks {
  readonly rateLimiter: RateLimiter;
  readonly authenticate: Authenticate;
  /** Endpoints whose paths are answered with 405, not 404, if the method is wrong. */
  readonly known: readonly Endpoint[];
}

/** An event with everything that its operation needs. */
interface Exchange extends AccessChecks {
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
  checks: AccessChecks,
): Promise<Answer> {
  const found = routes.get(endpointKeyOf(event));
  if (found === undefined) return answerUnserved(event, checks.known, dependencies.corsOrigins);
  const { endpoint } = found;
  const { rateLimiter } = checks;
  const refused = rateLimiter.refuseAddress(dependencies, endpoint, event);
  if (refused !== undefined) return refused;
  const exchange: Exchange = { ...checks, route: found, event, dependencies };
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
  const limited = await rateLimiter.countRequest(dependencies, caller, event);
  const answer = limited.refused ?? (await answerAuthorized(exchange, scope, caller));
  return { ...answer, headers: { ...answer.headers, ...limited.headers } };
}

async function answerAuthorized(
  { route, event, dependencies }: Exchange,
  scope: Scope,
  caller: Caller,
): Promise<Answer> {
  if (!caller.scopes.includes(scope)) return problem('forbidden', `The token lacks the scope ${scope}.`, { scope });
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
  const body = parseStrictly(schemas.body, read.body);
  const given = withParamsOfQuery({ params: event.pathParameters ?? {}, query: event.queryStringParameters ?? {} });
  const params = parseInput(schemas.params, given.params, 'path.');
  const query = parseStrictly(schemas.query, given.query, 'query.');
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
  const text = event.isBase64Encoded ? decodeUtf8(Buffer.from(event.body, 'base64')) : event.body;
  if (text === undefined) return { refused: invalid([{ path: '', message: 'The body is not UTF-8.' }]) };
  if (text.length > MAX_BODY_BYTES || Buffer.byteLength(text) > MAX_BODY_BYTES) {
    return { refused: problem('payload-too-large', `A body can have at most ${MAX_BODY_BYTES} bytes.`) };
  }
  if (raw) return { body: text };
  const json = parseJson(text, { maxBytes: MAX_BODY_BYTES, maxDepth: MAX_BODY_DEPTH });
  if (json.ok) return { body: json.value };
  const explanation = json.code === 'too-deep' ? `nested deeper than ${MAX_BODY_DEPTH} (too-deep)` : json.code;
  const place = findJsonFault(text, { maxDepth: MAX_BODY_DEPTH });
  const where = place === undefined ? '' : ` at line ${place.line}, column ${place.column}`;
  return { refused: invalid([{ path: '', message: `The body is not valid JSON: ${explanation}${where}` }]) };
}

function invalid(errors: readonly Fault[]): Answer {
  return refuse({ code: 'invalid-request', errors });
}
