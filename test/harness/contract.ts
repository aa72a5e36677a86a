/** Every answer held to what the endpoint says that it answers, to the letter: a member too many is a fault. */
import * as z from 'zod/mini';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../../functions/endpoints.ts';
import { PROBLEMS, type ProblemCode } from '../../functions/http/problem.ts';
import { ANSWERS } from '../../functions/schemas/answers.ts';
import { problemSchema } from '../../functions/schemas/problems.ts';
import { createRouteTable } from '../../local/route-table.ts';

/** An answer as it came; `body` is the JSON in it. */
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
const NAMES: ReadonlyMap<string, EndpointName> = new Map(
  ENDPOINTS.map(({ method, path, name }) => [`${method} ${path}`, name]),
);

/** The endpoint that a request is for; `undefined` when it is for none. */
export function endpointOf(method: string, path: string): EndpointName | undefined {
  const [rawPath = ''] = path.split('?');
  const route = findRoute(method, rawPath);
  return typeof route === 'string' ? undefined : NAMES.get(route.routeKey);
}

/** @throws when the answer is none that the endpoint may give. */
export function checkAnswer(method: string, path: string, answered: Answered): void {
  const fault = answered.status >= 400 ? faultOfProblem(answered) : faultOfAnswer(endpointOf(method, path), answered);
  if (fault === undefined) return;
  const told = `${method} ${path.slice(0, 300)} -> ${answered.status} ${answered.text.slice(0, 2_000)}`;
  throw new Error(`The answer is not what its schema says: ${fault}\n${told}`);
}

function faultOfAnswer(name: EndpointName | undefined, { status, headers, text, body }: Answered): string | undefined {
  if (name === undefined) return 'it is for no endpoint, and yet no problem';
  if (status === 304) return faultOfUnchanged(name, headers, text);
  const schema = (ANSWERS[name] as Readonly<Record<number, z.ZodMiniType>>)[status];
  if (schema === undefined) return `${name} has no schema for ${status}`;
  const isJson = headers.get('content-type')?.startsWith('application/json') === true;
  return faultOf(schema, isJson ? body : text);
}

/** Only that the caller has it already (RFC 9110, 15.4.5). */
function faultOfUnchanged(name: EndpointName, headers: Headers, text: string): string | undefined {
  const endpoint: Endpoint | undefined = ENDPOINTS.find((each) => each.name === name);
  if (endpoint?.tagged !== true || endpoint.method !== 'GET') return `${name} has no entity tag`;
  return text === '' && headers.get('etag') !== null ? undefined : 'a 304 has a tag and no body';
}

/** What stands in front of the functions answers these itself, and nothing of the product with them. */
const OF_THE_GATEWAY: ReadonlySet<string> = new Set(['request-timeout', 'header-too-large', 'service-unavailable']);
const GATEWAY_PROBLEM = z.strictObject({
  type: z.string(),
  code: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});

function faultOfProblem({ status, headers, body }: Answered): string | undefined {
  const type = headers.get('content-type');
  if (type !== 'application/problem+json') return `a problem as ${type}`;
  const { code } = (body ?? {}) as { code?: string };
  if (code !== undefined && OF_THE_GATEWAY.has(code)) return faultOf(GATEWAY_PROBLEM, body);
  if (code === undefined || !(code in PROBLEMS)) return `the code ${code} is unknown`;
  if (PROBLEMS[code as ProblemCode].status !== status) return `${code} is not ${status}`;
  return faultOf(problemSchema(code as ProblemCode), body);
}

function faultOf(schema: z.ZodMiniType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : z.prettifyError(parsed.error);
}
