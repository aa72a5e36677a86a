import { type AnswerHeader, type EndpointDocs, type RateLimitHeader, TAGS } from '../../contract/docs.ts';
import { requestSchemas } from '../../contract/endpoint.ts';
import { ENDPOINT_DOCS } from '../../contract/endpoints.docs.ts';
import { type AnswerOf, ENDPOINTS, type EndpointName, type NamedEndpoint } from '../../contract/endpoints.ts';
import { SERIAL } from '../../contract/examples.ts';
import { OF_PATH, PARAMETERS, REQUEST_HEADERS, type RequestHeader } from '../../contract/parameters.docs.ts';
import { PROBLEM_HEADERS } from '../../contract/problem-headers.ts';
import { PROBLEM_SCHEMAS } from '../../contract/problem-schemas.ts';
import { EXPLAINED } from '../../contract/problems.docs.ts';
import { PROBLEMS, type ProblemCode } from '../../contract/problems.ts';
import { problemName } from './components.ts';
import { isShownWithTag, PROBLEMS_OF_NO_ENDPOINT, problemsOf, takesIdempotencyKey } from './endpoint-problems.ts';
import { createJsonSchemaGenerator, type JsonSchema, type JsonSchemaGenerator } from './json-schema.ts';

type Document = Readonly<Record<string, unknown>>;
type OpenApi = AnswerOf<'getOpenApi'>;

let made: OpenApi | undefined;

/** The OpenAPI 3.1 document, made from the schemas that validate when it is first asked for. */
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
      version: '0.1.0',
      description: ABOUT,
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        vendorToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of the vendor’s, or of its identity provider. The operation names the scope it needs.',
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
  200: 'Done, or as it is.',
  201: 'Made.',
  202: 'Accepted: it is under way, or waits for the container.',
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
      ? { 304: { description: 'The same.', ...headersOf([...tag, ...rate]) } }
      : {};
  const shown = Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, schema]) => {
      const example = (described.answers as Readonly<Record<string, unknown>>)[status];
      const headers = [described.headers, described.optionalHeaders].flatMap(
        (known) => (known as Readonly<Record<string, readonly AnswerHeader[]>> | undefined)?.[status] ?? [],
      );
      const content = { [described.mediaType ?? 'application/json']: { schema: schemas.answer(schema), example } };
      const description = MEANINGS[Number(status)] ?? 'Done.';
      return [status, { description, ...headersOf([...headers, ...tag, ...rate]), content }];
    }),
  );
  return { ...shown, ...unchanged };
}

/** The problems that it can be refused with, by status. One alone is the same response everywhere. */
function refusalsOf(endpoint: NamedEndpoint): Document {
  const byStatus = Object.groupBy(problemsOf(endpoint), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes = []]) => {
      const [only] = codes;
      if (codes.length === 1 && only !== undefined) return [status, { $ref: `#/components/responses/${only}` }];
      return [status, problemResponse(codes)];
    }),
  );
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

/** The responses that operations refer to: a status with one code. */
function problemResponses(schemas: JsonSchemaGenerator): Document {
  // All of them are gathered, so that those that stand beside others in a response are there, too.
  for (const [code, schema] of PROBLEM_SCHEMAS) if (!PROBLEMS_OF_NO_ENDPOINT.has(code)) schemas.answer(schema);
  const alone = new Set(
    ENDPOINTS.flatMap((endpoint) => {
      const byStatus = Object.groupBy(problemsOf(endpoint), (code) => PROBLEMS[code].status);
      return Object.values(byStatus).flatMap((codes = []) => (codes.length === 1 ? codes : []));
    }),
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
    description: 'The entity tag of what is shown (RFC 9110).',
    schema: { type: 'string' },
    example: '"Zk3vJ0aQ1r8YwXb7c5TnUg"',
  },
  link: {
    description: 'Where what follows is read, as `rel="next"` (RFC 8288); absent at the end.',
    schema: { type: 'string' },
    example: `</containers/${SERIAL}/updates?from=27>; rel="next"`,
  },
  location: { description: 'Where to ask for it.', schema: { type: 'string' }, example: '/orders/SO-2026-0815' },
  'retry-after': {
    description: 'Seconds after which it is worth asking again.',
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  },
  ratelimit: {
    description:
      'What is left of the token’s minute: `r` requests, and `t` seconds until the next one begins ' +
      '(draft-ietf-httpapi-ratelimit-headers). A token without a limit is told nothing.',
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
