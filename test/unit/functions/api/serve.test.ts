import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ENDPOINTS } from '../../../../contract/endpoints.ts';
import { PROBLEMS } from '../../../../contract/problems.ts';
import { serve } from '../../../../functions/api/serve.ts';
import { createHttpHandler } from '../../../../functions/http-handlers.ts';
import { hashToken } from '../../../../functions/store/token-item.ts';
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

afterEach(() => {
  vi.restoreAllMocks();
});

describe('every endpoint', () => {
  test.each(ENDPOINTS.filter((endpoint) => 'scope' in endpoint))(
    '$method $path wants a token, and that token the scope $scope',
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
  test('a token that has expired is no token', async () => {
    const { dependencies } = givenToken(['products:read'], { expiresAt: '2026-11-24T12:00:00Z' });
    const result = await createHttpHandler(
      'vendor',
      () => dependencies,
    )(event('GET /products', { headers: authorized }));
    expect(result.statusCode).toBe(401);
  });

  test('all faults of a request are told at once, with their paths', async () => {
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
    ['no JSON at all', 'orderId=1'],
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

  test('what breaks is logged whole and told without anything of it', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const fault = new Error('arn:aws:dynamodb:secret');
    const broken = serve({ getJwks: async () => Promise.reject(fault) }, () => givenRuntime().dependencies);
    const result = await broken(event('GET /.well-known/jwks.json'));
    expect(result.statusCode).toBe(500);
    expect(result.headers?.['content-type']).toBe('application/problem+json');
    expect(result.body).not.toContain('arn:');
    expect(log).toHaveBeenCalledWith(fault);
  });

  test('throttling is told as such, with the time to come back', async () => {
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    const busy = serve({ getJwks: async () => Promise.reject(throttled) }, () => givenRuntime().dependencies);
    const result = await busy(event('GET /.well-known/jwks.json'));
    expect(result.statusCode).toBe(429);
    expect(result.headers?.['retry-after']).toBe('1');
  });

  test('what is nowhere is a problem document, too', async () => {
    const result = await createHttpHandler('public', () => givenRuntime().dependencies)(event('$default'));
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
