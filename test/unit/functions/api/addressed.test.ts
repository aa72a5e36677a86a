/** Requests by method, path and reader: the function that API Gateway's route leads to, and what it answers. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import type { CorsOrigins } from '../../../../contract/cors-origins.ts';
import type { FunctionName } from '../../../../contract/endpoint.ts';
import { ENDPOINTS } from '../../../../contract/endpoints.ts';
import { prefersHtml } from '../../../../functions/api/problem-for-reader.ts';
import { createHttpHandler } from '../../../../local/http-handlers.ts';
import { createRouteTable } from '../../../../local/route-table.ts';
import { givenRuntime } from '../given-dependencies.ts';

/** The routes of the stack: `test/unit/cdk/read-template.test.ts` holds the stack to them. */
const findRoute = createRouteTable([
  ...ENDPOINTS.map(({ method, path, function: name }) => {
    const routed = method === 'GET' ? 'ANY' : method;
    return { method: routed, path, routeKey: `${routed} ${path}`, function: name };
  }),
  { method: undefined, path: '$default', routeKey: '$default', function: 'public' },
]);

async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  corsOrigins: CorsOrigins | undefined = undefined,
) {
  const found = findRoute(method, path);
  if (typeof found === 'string') throw new Error(`${method} ${path} is ${found}`);
  const dependencies = { ...givenRuntime().dependencies, corsOrigins };
  mockClient(dependencies.documents).onAnyCommand().resolves({});
  const result = await createHttpHandler(
    found.function as FunctionName,
    () => dependencies,
  )({
    version: '2.0',
    routeKey: found.routeKey,
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: { http: { method, path } } as APIGatewayProxyEventV2['requestContext'],
    pathParameters: { ...found.pathParameters },
    isBase64Encoded: false,
  });
  const { statusCode: status, headers: sent = {}, body = '' } = result;
  return { status, headers: sent as Record<string, string>, body };
}

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8' };

describe('the public pages', () => {
  test.each([{}, BROWSER, { accept: '*/*' }])(
    'GET / is a page with links to the documentation for %o',
    async (headers) => {
      const { status, headers: sent, body } = await ask('GET', '/', headers);
      expect([status, sent['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      for (const part of ['href="docs"', 'href="openapi.json"', 'npm run demo']) expect(body).toContain(part);
      expect(sent['content-security-policy']).toContain("default-src 'none'");
    },
  );

  test('GET /health is 200 without a token, and reads neither the table nor the signing key', async () => {
    // The dependencies of this test have no table and no key: a use of them would be a 500.
    const { status, body } = await ask('GET', '/health');
    expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok' }]);
  });

  test.each([
    ['/docs/', '../docs'],
    ['/openapi.json/', '../openapi.json'],
    ['/problems/not-found/', '../not-found'],
  ])('%s leads to the same address without the slash', async (path, location) => {
    expect(await ask('GET', path)).toMatchObject({ status: 308, headers: { location }, body: '' });
    expect((await ask('HEAD', path)).status).toBe(308);
  });

  test.each(['//', '//evil.example.com/', '/orders/', '/depot/tickets/x/', '/'.repeat(50)])(
    'GET %s is 404 and leads nowhere',
    async (path) => {
      const { status, headers } = await ask('GET', path);
      expect([status, headers.location]).toEqual([404, undefined]);
    },
  );
});

describe('HEAD', () => {
  const reads = ENDPOINTS.filter(({ method }) => method === 'GET');
  test.each(reads)('$path has the status and the headers of GET, and no body', async ({ path }) => {
    const address = path.replace('{file}', 'start.js').replace(/\{\w+\}/g, 'not-found');
    const [get, head] = await Promise.all([ask('GET', address), ask('HEAD', address)]);
    expect(head).toEqual({ ...get, body: '' });
    expect(get.body).not.toBe('');
  });
});

describe('a method that a known path does not support', () => {
  test.each([
    ['POST', '/products', 'GET, HEAD'],
    ['POST', '/products/cad', 'DELETE, GET, HEAD, PUT'],
    ['PATCH', '/orders', 'GET, HEAD, POST'],
    ['GET', '/licenses/0001D3VPC8EYG6SJ0AFK/withdrawal', 'DELETE, POST'],
    ['GET', '/depot/receipts', 'POST'],
    ['HEAD', '/depot/receipts', 'POST'],
    ['OPTIONS', '/depot/receipts', 'POST'],
    ['POST', '/', 'GET, HEAD'],
    ['PROPFIND', '/docs', 'GET, HEAD'],
  ])('%s %s is 405, and Allow lists %s', async (method, path, allow) => {
    const { status, headers, body } = await ask(method, path);
    expect([status, headers.allow]).toEqual([405, allow]);
    expect(headers['content-type']).toBe('application/problem+json');
    if (method !== 'HEAD') expect(JSON.parse(body)).toMatchObject({ code: 'method-not-allowed', status: 405 });
  });

  test.each([...new Set(ENDPOINTS.map(({ path }) => path))])('TRACE %s is 405, never 404', async (path) => {
    expect((await ask('TRACE', path.replace(/\{\w+\}/g, 'x'))).status).toBe(405);
  });

  test.each(['/nowhere', '/orders/', '/orders/a/b/c', '/licenses//history'])('POST %s stays 404', async (path) => {
    const { status, body } = await ask('POST', path);
    expect([status, JSON.parse(body).code]).toEqual([404, 'not-found']);
  });
});

describe('a problem', () => {
  test.each(['/nowhere', '/problems/no-such-problem', '/docs/no-such-file', '/orders'])(
    'at GET %s is a page for a browser, and a problem document for every other reader',
    async (path) => {
      const page = await ask('GET', path, BROWSER);
      const document = await ask('GET', path, { accept: 'application/json, text/plain, */*' });
      expect(page.status).toBe(document.status);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.body).toContain('href="/docs"');
      expect(document.headers['content-type']).toBe('application/problem+json');
      expect(page.body).toContain(JSON.parse(document.body).title);
    },
  );

  test('never puts the address of the request into a page as HTML', async () => {
    const { body } = await ask('GET', '/<script>alert(1)</script>', BROWSER);
    expect(body).toContain('&lt;script&gt;');
    expect(body).not.toContain('<script>');
  });

  test('at POST is a problem document for a browser too', async () => {
    expect((await ask('POST', '/nowhere', BROWSER)).headers['content-type']).toBe('application/problem+json');
  });

  test.each([
    ['', false],
    ['*/*', false],
    ['text/html', true],
    ['TEXT/HTML ; charset=utf-8', true],
    ['text/*', true],
    ['text/html, application/json', false],
    ['text/html;q=0.5, application/json', false],
    ['text/html, */*;q=0.1', true],
    ['text/html;q=0, */*', false],
    ['text/html;q=nonsense', false],
    ['application/problem+json, text/html;q=0.9', false],
  ])('a problem for a GET request that has the header Accept "%s" is a page: %s', (accept, expected) => {
    expect(prefersHtml(accept)).toBe(expected);
  });
});

describe('a page of another origin', () => {
  const SHOP = 'https://shop.example.com';
  const preflight = { origin: SHOP, 'access-control-request-method': 'POST' };

  test.each(['/depot/receipts', '/depot/reprogrammings', '/depot/tickets/x', '/.well-known/jwks.json'])(
    'may ask for %s by a preflight, and read the answer, if its origin is allowed',
    async (path) => {
      const asked = await ask('OPTIONS', path, preflight, [SHOP]);
      expect(asked).toMatchObject({
        status: 204,
        body: '',
        headers: { 'access-control-allow-origin': SHOP, vary: 'origin' },
      });
      expect(asked.headers['access-control-allow-headers']).toContain('prefer');
      expect(asked.headers['access-control-allow-methods']).toBe(asked.headers.allow);
      const answered = await ask('POST', path, { origin: SHOP }, [SHOP]);
      expect(answered.headers['access-control-allow-origin']).toBe(SHOP);
      expect(answered.headers['access-control-expose-headers']).toContain('retry-after');
      expect(answered.headers).not.toHaveProperty('access-control-allow-credentials');
    },
  );

  test('is named by a star if all origins are allowed', async () => {
    const { headers } = await ask('GET', '/health', { origin: SHOP }, '*');
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*' });
    expect(headers).not.toHaveProperty('vary');
  });

  test.each([
    ['without the setting', SHOP, undefined],
    ['from another origin', 'https://shop.example.com.evil.example', [SHOP]],
    ['from an origin in a file', 'null', [SHOP]],
  ] as const)('%s gets no header that opens the answer', async (_, origin, origins) => {
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await ask(method, '/depot/tickets/x', { ...preflight, origin }, origins);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect((await ask('OPTIONS', '/depot/receipts', { ...preflight, origin }, undefined)).status).toBe(405);
  });

  test.each(['/orders', '/licenses/x/withdrawal', '/webhooks/erp', '/tokens'])(
    'never gets %s, even if all origins are allowed',
    async (path) => {
      const asked = await ask('OPTIONS', path, preflight, '*');
      expect([asked.status, asked.headers['access-control-allow-methods']]).toEqual([405, undefined]);
      const answered = await ask('POST', path, { origin: SHOP }, '*');
      if (findRoute('POST', path) !== 'not-found' && answered.status !== 405) {
        expect(answered.headers).not.toHaveProperty('access-control-allow-origin');
      }
    },
  );
});
