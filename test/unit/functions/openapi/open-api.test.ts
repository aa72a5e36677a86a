import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { requestSchemas } from '../../../../contract/endpoint.ts';
import { ENDPOINT_DOCS } from '../../../../contract/endpoints.docs.ts';
import { CONTRACT, ENDPOINTS } from '../../../../contract/endpoints.ts';
import { GATEWAY_CODES } from '../../../../contract/gateway-problems.ts';
import { GATEWAY_PROBLEM_SCHEMAS, PROBLEM_SCHEMAS } from '../../../../contract/problem-schemas.ts';
import { EXPLAINED, EXPLAINED_OF_GATEWAY } from '../../../../contract/problems.docs.ts';
import { PROBLEMS, type ProblemCode } from '../../../../contract/problems.ts';
import {
  isShownWithTag,
  PROBLEMS_OF_NO_ENDPOINT,
  problemsOf,
} from '../../../../functions/openapi/endpoint-problems.ts';
import { openApi } from '../../../../functions/openapi/open-api.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
  readonly requestBody?: object;
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly example: string;
}

const document = openApi() as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
};
const operations = new Map(
  Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => [one.operationId, one] as const)),
);
const operationOf = (name: string): Operation => {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`${name} is not in the document`);
  return operation;
};
const parsed = (schema: z.ZodMiniType, value: unknown): string => {
  const { error } = schema.safeParse(value);
  return error === undefined ? 'fits' : z.prettifyError(error);
};

describe('the OpenAPI document', () => {
  test('has no error and no warning under the linter’s strictest rules', async () => {
    const config = await createConfig({ extends: ['recommended-strict'], rules: RULES });
    const found = await lintFromString({ source: JSON.stringify(document), config });
    expect(found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual([]);
  });

  test('the linter finds what is planted', async () => {
    const config = await createConfig({ extends: ['recommended-strict'], rules: RULES });
    const source = JSON.stringify(document).replace('"summary":"Deliver an order"', '"summary":""');
    const found = await lintFromString({ source, config });
    expect(found.map(({ ruleId }) => ruleId)).toContain('operation-summary');
  });

  test('has every endpoint, and nothing else', () => {
    expect([...operations.keys()].sort()).toEqual(ENDPOINTS.map(({ name }) => name).sort());
  });

  test('names what it refers to', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['License', 'Container', 'Order', 'HistoryEvent', 'Reprogramming', 'NotFoundProblem']),
    );
  });
});

/** Beyond `recommended-strict`. */
const RULES = {
  'operation-description': 'error',
  'parameter-description': 'error',
  'operation-tag-defined': 'error',
  'operation-singular-tag': 'error',
  'no-http-verbs-in-paths': 'error',
  'component-name-unique': 'error',
  'no-invalid-schema-examples': 'error',
  // An example may show a member that only newer servers know: what it must fit is checked strictly below.
  'no-invalid-media-type-examples': { severity: 'error', allowAdditionalProperties: true },
} as const;

describe.each(ENDPOINTS)('$name', (endpoint) => {
  const name = endpoint.name;
  const operation = operationOf(name);
  const described = ENDPOINT_DOCS[name];

  test('is described in whole sentences', () => {
    expect(operation.summary).toMatch(/^[A-Z][^.]+$/);
    expect(operation.description).toMatch(/[.!]$/);
  });

  test('shows a request that it would accept', () => {
    const example = (described as { request?: { example: unknown; schema?: z.ZodMiniType } }).request;
    const { body } = requestSchemas(CONTRACT[name]);
    const takesNothing = body instanceof z.ZodMiniObject && Object.keys(body.shape).length === 0;
    expect(example === undefined).toBe(takesNothing);
    if (example !== undefined) expect(parsed(example.schema ?? body, example.example)).toBe('fits');
    const values = (place: string) =>
      Object.fromEntries(
        operation.parameters.filter((one) => one.in === place).map((one) => [one.name, one.example] as const),
      );
    const [ofPath, { ...ofQuery }] = [values('path'), values('query')];
    // An id that a path cannot contain is in the query instead.
    for (const moved of Object.keys(ofPath)) delete ofQuery[moved];
    expect(parsed(requestSchemas(CONTRACT[name]).params, ofPath)).toBe('fits');
    expect(parsed(requestSchemas(CONTRACT[name]).query, ofQuery)).toBe('fits');
  });

  test('shows each of its answers as it gives them', () => {
    for (const [status, schema] of Object.entries(CONTRACT[name].answers as Record<string, z.ZodMiniType>)) {
      expect(parsed(schema, (described.answers as Record<string, unknown>)[status])).toBe('fits');
    }
  });

  test('lists its problems once each, under their statuses', () => {
    const codes = problemsOf(endpoint);
    expect(new Set(codes).size).toBe(codes.length);
    const unchanged = isShownWithTag(endpoint) && endpoint.method === 'GET' ? ['304'] : [];
    const statuses = [
      ...Object.keys(CONTRACT[name].answers),
      ...unchanged,
      ...codes.map((code) => String(PROBLEMS[code].status)),
    ];
    expect(Object.keys(operation.responses).sort()).toEqual([...new Set(statuses)].sort());
  });

  test('shows a caller with a token how much of the minute is left, and no other caller', () => {
    for (const [status, { headers = {} }] of Object.entries(operation.responses)) {
      if (Number(status) >= 400) continue;
      const response = Object.keys(headers).filter((header) => header.startsWith('RateLimit'));
      expect(response).toEqual(endpoint.scope === undefined ? [] : ['RateLimit', 'RateLimit-Policy']);
    }
  });

  test('says which scope it needs', () => {
    expect(operation.security).toEqual(endpoint.scope === undefined ? [] : [{ vendorToken: [endpoint.scope] }]);
  });
});

describe.each(Object.keys(PROBLEMS) as ProblemCode[])('the problem %s', (code) => {
  test('is explained, with an example that has its form', () => {
    const schema = PROBLEM_SCHEMAS.get(code);
    if (schema === undefined) throw new Error(`${code} has no schema`);
    expect(parsed(schema, EXPLAINED[code].example)).toBe('fits');
    expect(EXPLAINED[code].meaning).toMatch(/\.$/);
  });

  test('is an answer of some endpoint, unless it is a problem of an address without an endpoint', () => {
    expect(ENDPOINTS.some((endpoint) => problemsOf(endpoint).includes(code))).toBe(!PROBLEMS_OF_NO_ENDPOINT.has(code));
  });
});

describe.each(GATEWAY_CODES)('the problem %s of the server in front of the functions', (code) => {
  test('is explained, with an example that has its form', () => {
    const schema = GATEWAY_PROBLEM_SCHEMAS.get(code);
    if (schema === undefined) throw new Error(`${code} has no schema`);
    const { type, status, title, meaning, example } = EXPLAINED_OF_GATEWAY[code];
    expect(parsed(schema, example)).toBe('fits');
    expect(example).toMatchObject({ type, code, status, title });
    expect(meaning).toMatch(/\.$/);
  });

  test('is the answer of no endpoint', () => {
    expect(Object.keys(PROBLEMS)).not.toContain(code);
  });
});
