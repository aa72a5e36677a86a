import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test, vi } from 'vitest';
import { ENDPOINTS } from '../../../../contract/endpoints.ts';
import { PROBLEMS } from '../../../../contract/problems.ts';
import { PUBLIC } from '../../../../contract/public.ts';
import { createRoutes } from '../../../../functions/api/route.ts';
import { problemErrors, serve } from '../../../../functions/api/serve.ts';
import { WorkflowBusy } from '../../../../functions/dependencies.ts';
import { hashToken } from '../../../../functions/store/token-item.ts';
import { createHttpHandler } from '../../../../local/http-handlers.ts';
import { givenRuntime } from '../given-dependencies.ts';

function event(routeKey: string, more: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const [method = 'GET', path = '/'] = routeKey.split(' ');
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method, path } } as APIGatewayProxyEventV2['requestContext'],
    isBase64Encoded: false,
    ...more,
  };
}

const TOKEN = 'a-token-of-the-vendor';
const authorized = { authorization: `Bearer ${TOKEN}` };

function givenToken(scopes: string[], more: object = {}) {
  const given = givenRuntime();
  const table = mockClient(given.dependencies.documents);
  const now = given.dependencies.now().toISOString();
  const item = { hash: hashToken(TOKEN), name: 'erp', scopes, createdAt: now, lastUsedAt: now, ...more };
  table
    .on(GetCommand)
    .callsFake((input: { Key: { pk: string } }) =>
      input.Key.pk === `TOKEN#${hashToken(TOKEN)}` ? { Item: item } : {},
    );
  return { ...given, table };
}

const bodyOf = (result: { body?: string | undefined }): Record<string, unknown> => JSON.parse(result.body ?? '');

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

/** A function as Lambda runs it, whose one operation fails. */
function givenBroken(error: Error) {
  const handler = middy()
    .use(problemErrors(log))
    .handler(
      serve(
        createRoutes({ getHealth: PUBLIC.getHealth }, { getHealth: () => Promise.reject(error) }),
        () => givenRuntime().dependencies,
      ),
    );
  return (request: APIGatewayProxyEventV2) => handler(request, {} as never);
}

describe('every endpoint', () => {
  test.each(ENDPOINTS.filter((endpoint) => 'scope' in endpoint))(
    '$method $path requires a token with the scope $scope',
    async (endpoint) => {
      const handler = createHttpHandler(endpoint.function, () => givenToken(['nothing']).dependencies);
      const route = `${endpoint.method} ${endpoint.path}`;
      const without = await handler(event(route));
      expect(without.statusCode).toBe(401);
      expect(bodyOf(without)).toMatchObject({ code: 'unauthorized', type: '/problems/unauthorized', status: 401 });
      const lacking = await handler(event(route, { headers: authorized }));
      expect(lacking.statusCode).toBe(403);
      expect(bodyOf(lacking)).toMatchObject({ code: 'forbidden' });
    },
  );

  test('has its own route', () => {
    const routes = ENDPOINTS.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(routes).size).toBe(routes.length);
    expect(new Set(ENDPOINTS.map(({ name }) => name)).size).toBe(routes.length);
  });
});

describe('serve', () => {
  test('an expired token is answered with 401', async () => {
    const { dependencies } = givenToken(['products:read'], { expiresAt: '2026-11-24T12:00:00Z' });
    const result = await createHttpHandler(
      'vendor',
      () => dependencies,
    )(event('GET /products', { headers: authorized }));
    expect(result.statusCode).toBe(401);
  });

  test('one answer lists all faults of a request with their paths', async () => {
    const { dependencies } = givenToken(['orders:write']);
    const body = JSON.stringify({ items: [{ product: '', quantity: 0, color: 'red' }] });
    const result = await createHttpHandler(
      'vendor',
      () => dependencies,
    )(event('POST /orders', { headers: authorized, body }));
    expect(result.statusCode).toBe(400);
    const { code, errors } = bodyOf(result) as { code: string; errors: { path: string; message: string }[] };
    expect(code).toBe('invalid-request');
    const paths = errors.map(({ path }) => path);
    expect(paths).toContain('orderId');
    expect(paths).toContain('items.0.product');
    expect(paths).toContain('items.0.quantity');
    expect(paths).toContain('items.0.color');
  });

  test.each([
    ['trailing data', '{} {}'],
    ['a duplicate key', '{"orderId":"a","orderId":"b"}'],
    ['a number beyond every double', '{"orderId":1e400}'],
    ['a lone surrogate', '{"orderId":"\\ud800"}'],
    ['a form instead of JSON', 'orderId=1'],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('%s is an invalid request', async (_, body) => {
    const { dependencies } = givenToken(['orders:write']);
    const result = await createHttpHandler(
      'vendor',
      () => dependencies,
    )(event('POST /orders', { headers: authorized, body }));
    expect(result.statusCode).toBe(400);
    expect(bodyOf(result)).toMatchObject({ code: 'invalid-request' });
  });

  test('a body over the limit is refused before it is read', async () => {
    const { dependencies } = givenToken(['orders:write']);
    const body = `"${'x'.repeat(1_048_576)}"`;
    const result = await createHttpHandler(
      'vendor',
      () => dependencies,
    )(event('POST /orders', { headers: authorized, body }));
    expect(result.statusCode).toBe(413);
    expect(bodyOf(result)).toMatchObject({ code: 'payload-too-large' });
  });

  test('an unexpected error is logged whole, and the answer contains nothing of it', async () => {
    const fault = new Error('arn:aws:dynamodb:secret');
    const result = await givenBroken(fault)(event('GET /health'));
    expect(result.statusCode).toBe(500);
    expect(result.headers?.['content-type']).toBe('application/problem+json');
    expect(result.body).not.toContain('arn:');
    expect(log.error).toHaveBeenCalledWith('A request failed', { error: fault });
  });

  test('if no execution can start, the answer is 503 with a time to retry, and the log names the quota', async () => {
    log.error.mockClear();
    const busy = new WorkflowBusy('ExecutionLimitExceeded: no execution can start');
    const result = await givenBroken(busy)(event('GET /health'));
    expect(result.statusCode).toBe(503);
    expect(result.headers?.['retry-after']).toBe('5');
    expect(bodyOf(result)).toMatchObject({ code: 'workflow-busy' });
    expect(log.warn).toHaveBeenCalledWith(expect.any(String), { error: busy });
    expect(log.error).not.toHaveBeenCalled();
  });

  test('if AWS throttles a request, the answer is 429 with a time to retry, and nothing is logged', async () => {
    log.error.mockClear();
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    const result = await givenBroken(throttled)(event('GET /health'));
    expect(result.statusCode).toBe(429);
    expect(result.headers?.['retry-after']).toBe('1');
    expect(log.error).not.toHaveBeenCalled();
  });

  test('an unknown address is answered with a problem document', async () => {
    const result = await createHttpHandler(
      'public',
      () => givenRuntime().dependencies,
    )(event('$default', { rawPath: '/nowhere' }));
    expect(result.statusCode).toBe(404);
    expect(result.headers?.['content-type']).toBe('application/problem+json');
  });
});

test('every problem has an error status and a title', () => {
  for (const { status, title } of Object.values(PROBLEMS)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).not.toBe('');
  }
});

describe('a body that is not UTF-8', () => {
  const latin1 = (letter: string): string =>
    Buffer.from(`{"orderId": "Auftrag-${letter}", "items": [{"product": "cad"}]}`, 'latin1').toString('base64');

  test.each(['Ä', 'Ö'])('is refused before anything is stored, with the letter %s in ISO 8859-1', async (letter) => {
    const { dependencies, table } = givenToken(['orders:write']);
    const result = await createHttpHandler(
      'vendor',
      () => dependencies,
    )(event('POST /orders', { headers: authorized, body: latin1(letter), isBase64Encoded: true }));
    expect(result.statusCode).toBe(400);
    expect(bodyOf(result)).toMatchObject({ code: 'invalid-request', errors: [{ path: '' }] });
    expect(table.commandCalls(TransactWriteCommand)).toHaveLength(0);
  });
});
