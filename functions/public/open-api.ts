import * as z from 'zod/mini';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../endpoints.ts';
import { PROBLEMS } from '../http/problem.ts';
import { REQUESTS } from '../schemas/requests.ts';

/** The OpenAPI 3.1 document, made from the schemas that validate. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of ENDPOINTS as readonly Endpoint[]) {
    const operations = paths[endpoint.path] ?? {};
    operations[endpoint.method.toLowerCase()] = describe(endpoint);
    paths[endpoint.path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Relicense',
      version: '0.1.0',
      description: 'Takes delivered licenses back, or swaps them, inside the next update of the container.',
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    paths,
    components: {
      securitySchemes: { vendorToken: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema() },
    },
  };
}

function describe(endpoint: Endpoint): object {
  const schemas = REQUESTS[endpoint.name as EndpointName];
  const body = jsonSchema(schemas.body);
  const hasBody = Object.keys(body.properties ?? {}).length > 0;
  return {
    operationId: endpoint.name,
    tags: [endpoint.function],
    ...(endpoint.scope === undefined
      ? { security: [] }
      : { security: [{ vendorToken: [] }], 'x-scope': endpoint.scope }),
    parameters: [...parameters('path', jsonSchema(schemas.params)), ...parameters('query', jsonSchema(schemas.query))],
    ...(hasBody
      ? {
          requestBody: {
            required: (body.required ?? []).length > 0,
            content: { 'application/json': { schema: body } },
          },
        }
      : {}),
    responses: {
      '2XX': { description: 'Done, or under way.', content: { 'application/json': { schema: { type: 'object' } } } },
      default: {
        description: 'A problem (RFC 9457).',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

interface ObjectSchema {
  readonly properties?: Record<string, object>;
  readonly required?: readonly string[];
}

function jsonSchema(schema: z.ZodMiniType): ObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest as ObjectSchema;
}

function parameters(place: 'path' | 'query', { properties = {}, required = [] }: ObjectSchema): object[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema,
  }));
}

function problemSchema(): object {
  return {
    type: 'object',
    required: ['type', 'code', 'title', 'status', 'detail'],
    properties: {
      type: { type: 'string', enum: Object.keys(PROBLEMS).map((code) => `/problems/${code}`) },
      code: { type: 'string', enum: Object.keys(PROBLEMS) },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
    },
  };
}
