import { type AnswerHeader, type EndpointDocs, type RateLimitHeader, TAGS } from '../../contract/docs.ts';
import { requestSchemas } from '../../contract/endpoint.ts';
import { ENDPOINT_DOCS } from '../../contract/endpoints.docs.ts';
import { type AnswerOf, ENDPOINTS, type EndpointName, type NamedEndpoint } from '../../contract/endpoints.ts';
import { SERIAL } from '../../contract/examples.ts';
import { OF_PATH, PARAMETERS, REQUEST_HEADERS, type RequestHeader } from '../../contract/parameters.docs.ts';
import { PROBLEM_SCHEMAS } from '../../contract/problem-schemas.ts';
import { EXPLAINED, PROBLEM_HEADERS } from '../../contract/problems.docs.ts';
import { PROBLEMS, type ProblemCode } from '../../contract/problems.ts';
import { IN_QUERY } from '../../protocol/request-path.ts';
import { problemName } from './components.ts';
import { isShownWithTag, PROBLEMS_OF_NO_ENDPOINT, problemsOf, takesIdempotencyKey } from './endpoint-problems.ts';
import { createJsonSchemaGenerator, type JsonSchema, type JsonSchemaGenerator } from './json-schema.ts';

type Document = Readonly<Record<string, unknown>>;
type OpenApi = AnswerOf<'getOpenApi'>;

let made: OpenApi | undefined;

/** The OpenAPI 3.1 document, generated from the schemas that validate requests when it is first read. */
export function openApi(): OpenApi {
  made ??= makeDocument();
  return made;
}

const ABOUT = `Takes delivered licenses back, or swaps them, inside the next update of the container.

- **Tokens**: vendor calls carry \`Authorization: Bearer <token>\`, and each needs a scope. The depot needs none: the ticket
  code and the container’s signature are the proof.
- **Problems**: errors are RFC 9457 documents. \`type\` is an address that explains the problem; \`code\` is stable; \`detail\` is fit
  to be shown. A known path with another method is 405 \`method-not-allowed\`, and the header \`Allow\` lists its methods.
- **HEAD** is answered wherever GET is, with the same status and headers and without a body.
- **Ids in paths**: an id with a character beside letters, digits and \`_~.-\` goes into the query, and the path has \`-\` in its
  place: \`/orders/-/history?orderId=2026%2F0815\`.
- **Lists** page with \`limit\` and an opaque \`cursor\`. A list ends where an answer has no \`cursor\`.
- **Asking again is safe**: every order is known by its id, every license by its state, and a vendor’s POST can carry an
  \`Idempotency-Key\`.
- Times are RFC 3339 UTC. Unknown members in a request are an error; in an answer more members may be added.`;

function makeDocument(): OpenApi {
  const schemas = createJsonSchemaGenerator();
  const paths: Record<string, Record<string, Document>> = {};
  for (const endpoint of ENDPOINTS) {
    const operations = paths[endpoint.path] ?? {};
    operations[endpoint.method.toLowerCase()] = operationOf(endpoint, schemas);
    paths[endpoint.path] = operations;
  }
  const responses = problemResponses(schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Relicense',
      version: '0.2.0',
      description: ABOUT,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that returned this document.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        vendorToken: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A token of the vendor, or of its identity provider. The operation names the scope that it needs.',
        },
      },
      headers: HEADERS,
      examples: problemExamples(),
      responses,
      schemas: schemas.gathered(),
    },
  };
}

function operationOf(endpoint: NamedEndpoint, schemas: JsonSchemaGenerator): Document {
  const { name } = endpoint;
  const { params, query } = requestSchemas(endpoint);
  const described: EndpointDocs<EndpointName> = ENDPOINT_DOCS[name];
  return {
    operationId: name,
    tags: [described.tag],
    summary: described.summary,
    description: described.description,
    security: endpoint.scope === undefined ? [] : [{ vendorToken: [endpoint.scope] }],
    parameters: [
      ...parametersIn('path', endpoint, described, schemas.request(params)),
      ...parametersIn('query', endpoint, described, schemas.request(query)),
      ...movedParameters(endpoint, described, schemas.request(params)),
      ...requestHeadersOf(endpoint, described).map(headerParameter),
    ],
    ...requestBodyOf(endpoint, described, schemas),
    responses: { ...answersOf(endpoint, described, schemas), ...refusalsOf(endpoint) },
  };
}

function parametersIn(
  place: 'path' | 'query',
  { name: endpoint, path }: NamedEndpoint,
  described: EndpointDocs<EndpointName>,
  { properties, required }: JsonSchema,
): Document[] {
  return Object.entries((properties ?? {}) as Readonly<Record<string, JsonSchema>>).map(([name, schema]) => {
    const ofPath = place === 'path' && (name === 'code' || name === 'id') ? OF_PATH[path] : undefined;
    const parameter = described.parameters?.[name] ?? ofPath ?? PARAMETERS[name];
    if (parameter === undefined) throw new Error(`The parameter ${name} of ${endpoint} is not described`);
    const isRequired = ((required ?? []) as readonly string[]).includes(name);
    return { name, in: place, required: isRequired, ...parameter, schema };
  });
}

/** The ids that any text can be: the ERP, the shop or the sender of a webhook chooses them. */
const FREE_IDS = /\{(?:orderId|sku)\}|^\/webhooks\/\{id\}/;

/** Such an id may be in the query instead of the path. */
function movedParameters(
  endpoint: NamedEndpoint,
  described: EndpointDocs<EndpointName>,
  params: JsonSchema,
): Document[] {
  if (!FREE_IDS.test(endpoint.path)) return [];
  return parametersIn('path', endpoint, described, params).map((parameter) => ({
    ...parameter,
    in: 'query',
    required: false,
    description: `${parameter['description']} In place of the path, which then has \`${IN_QUERY}\` there.`,
  }));
}

function requestHeadersOf(
  endpoint: NamedEndpoint,
  { requestHeaders = [] }: EndpointDocs<EndpointName>,
): RequestHeader[] {
  const conditions =
    endpoint.method === 'GET' ? (['if-none-match'] as const) : (['if-match', 'if-none-match'] as const);
  return [
    ...(takesIdempotencyKey(endpoint) ? (['idempotency-key'] as const) : []),
    ...(endpoint.tagged === true ? conditions : []),
    ...requestHeaders,
  ];
}

function headerParameter(header: RequestHeader): Document {
  return { in: 'header', required: false, ...REQUEST_HEADERS[header] };
}

function requestBodyOf(
  endpoint: NamedEndpoint,
  { request }: EndpointDocs<EndpointName>,
  schemas: JsonSchemaGenerator,
): Document {
  if (request === undefined) return {};
  const { body } = requestSchemas(endpoint);
  const required = !body.safeParse({}).success;
  const schema = schemas.request(request.schema ?? body);
  return { requestBody: { required, content: { 'application/json': { schema, example: request.example } } } };
}

const MEANINGS: Readonly<Record<number, string>> = {
  200: 'The request succeeded.',
  201: 'Created.',
  202: 'Accepted: the work is running, or waits for the container.',
};

function answersOf(
  endpoint: NamedEndpoint,
  described: EndpointDocs<EndpointName>,
  schemas: JsonSchemaGenerator,
): Document {
  const tag: readonly AnswerHeader[] = isShownWithTag(endpoint) ? ['etag'] : [];
  const rate: readonly RateLimitHeader[] = endpoint.scope === undefined ? [] : ['ratelimit', 'ratelimit-policy'];
  const unchanged =
    tag.length > 0 && endpoint.method === 'GET'
      ? { 304: { description: 'Not changed since the caller read it.', ...headersOf([...tag, ...rate]) } }
      : {};
  const shown = Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, schema]) => {
      const example = (described.answers as Readonly<Record<string, unknown>>)[status];
      const headers = [described.headers, described.optionalHeaders].flatMap(
        (known) => (known as Readonly<Record<string, readonly AnswerHeader[]>> | undefined)?.[status] ?? [],
      );
      const content = { [described.mediaType ?? 'application/json']: { schema: schemas.answer(schema), example } };
      const description = MEANINGS[Number(status)] ?? 'The request succeeded.';
      return [status, { description, ...headersOf([...headers, ...tag, ...rate]), content }];
    }),
  );
  return { ...shown, ...unchanged };
}

/** The problems that an endpoint can return, by status. A single code refers to a shared response. */
function refusalsOf(endpoint: NamedEndpoint): Document {
  return Object.fromEntries(
    Object.entries(problemsByStatus(endpoint)).map(([status, codes = []]) => {
      const [only] = codes;
      if (codes.length === 1 && only !== undefined) return [status, { $ref: `#/components/responses/${only}` }];
      return [status, problemResponse(codes)];
    }),
  );
}

function problemsByStatus(endpoint: NamedEndpoint) {
  return Object.groupBy(problemsOf(endpoint), (code) => PROBLEMS[code].status);
}

function problemResponse(codes: readonly ProblemCode[]): Document {
  const refs = codes.map((code) => [code, `#/components/schemas/${problemName(code)}`] as const);
  const [[, only] = []] = refs;
  const schema =
    refs.length === 1
      ? { $ref: only }
      : {
          oneOf: refs.map(([, $ref]) => ({ $ref })),
          discriminator: { propertyName: 'code', mapping: Object.fromEntries(refs) },
        };
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  return {
    description: codes.map((code) => `\`${code}\`: ${EXPLAINED[code].meaning}`).join('\n\n'),
    ...headersOf([...new Set(codes.flatMap((code) => PROBLEM_HEADERS[code] ?? []))]),
    content: { 'application/problem+json': { schema, examples } },
  };
}

/** The shared responses: those with one code for a status. */
function problemResponses(schemas: JsonSchemaGenerator): Document {
  // Collects all schemas, because responses with several codes refer to them, too.
  for (const [code, schema] of PROBLEM_SCHEMAS) if (!PROBLEMS_OF_NO_ENDPOINT.has(code)) schemas.answer(schema);
  const alone = new Set(
    ENDPOINTS.flatMap((endpoint) =>
      Object.values(problemsByStatus(endpoint)).flatMap((codes = []) => (codes.length === 1 ? codes : [])),
    ),
  );
  return Object.fromEntries([...alone].map((code) => [code, problemResponse([code])]));
}

function problemExamples(): Document {
  return Object.fromEntries(
    Object.values(EXPLAINED)
      .filter(({ code }) => !PROBLEMS_OF_NO_ENDPOINT.has(code as ProblemCode))
      .map(({ code, title, example }) => [code, { summary: title, value: example }]),
  );
}

const HEADERS = {
  etag: {
    description: 'The entity tag of the resource (RFC 9110).',
    schema: { type: 'string' },
    example: '"Zk3vJ0aQ1r8YwXb7c5TnUg"',
  },
  link: {
    description: 'The address of the next part, as `rel="next"` (RFC 8288); absent in the last part.',
    schema: { type: 'string' },
    example: `</containers/${SERIAL}/updates?from=27>; rel="next"`,
  },
  location: {
    description: 'The address of the resource.',
    schema: { type: 'string' },
    example: '/orders/SO-2026-0815',
  },
  'retry-after': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  },
  ratelimit: {
    description:
      'The token’s remaining requests (`r`) in this minute, and the seconds (`t`) until the next minute ' +
      '(draft-ietf-httpapi-ratelimit-headers). Absent for a token without a limit.',
    schema: { type: 'string' },
    example: '"minute";r=598;t=41',
  },
  'ratelimit-policy': {
    description: 'The token’s limit: `q` requests in `w` seconds.',
    schema: { type: 'string' },
    example: '"minute";q=600;w=60',
  },
} as const satisfies Record<AnswerHeader | RateLimitHeader, object>;

const SPELLED = {
  etag: 'ETag',
  link: 'Link',
  location: 'Location',
  'retry-after': 'Retry-After',
  ratelimit: 'RateLimit',
  'ratelimit-policy': 'RateLimit-Policy',
} as const satisfies Record<AnswerHeader | RateLimitHeader, string>;

function headersOf(headers: readonly (AnswerHeader | RateLimitHeader)[]): Document {
  if (headers.length === 0) return {};
  const refs = headers.map((header) => [SPELLED[header], { $ref: `#/components/headers/${header}` }]);
  return { headers: Object.fromEntries(refs) };
}
