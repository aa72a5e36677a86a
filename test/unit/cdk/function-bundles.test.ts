import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleFunction } from '../../../cdk/bundle-function.ts';
import { STACK_FUNCTIONS, type StackFunctionName } from '../../../cdk/function-names.ts';
import { DOCS_FILES } from '../../../contract/docs-files.ts';

/** Limits in bytes, about 15 % above the sizes. If one is too low, `bytesByPackage` shows which package grew. */
const LIMITS: Record<StackFunctionName, number> = {
  vendor: 660_000,
  depot: 480_000,
  public: 520_000,
  workflow: 420_000,
  events: 400_000,
  delivery: 420_000,
  overdue: 390_000,
  bulk: 430_000,
};

const directory = mkdtempSync(join(tmpdir(), 'relicense-bundles-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function load(file: string): Promise<{ handler: (event: unknown) => Promise<unknown> }> {
  return await import(/* @vite-ignore */ pathToFileURL(file).href);
}

describe.each(STACK_FUNCTIONS)('the bundle of the %s function', (name) => {
  const bundle = bundleFunction(name, { directory: join(directory, name) });

  test('stays below its limit', () => {
    expect(bundle.bytes, JSON.stringify([...bundle.bytesByPackage])).toBeLessThan(LIMITS[name]);
  });

  test('loads without environment variables and exports its handler', async () => {
    expect(await load(bundle.file)).toHaveProperty('handler', expect.any(Function));
  });
});

test('the bundled public function serves the OpenAPI document and its viewer, and answers unknown paths with a problem', async () => {
  const { file } = bundleFunction('public', { directory: join(directory, 'invoked') });
  const { handler } = await load(file);
  expect(await handler(get('GET /openapi.json', '/openapi.json'))).toMatchObject({ statusCode: 200 });
  expect(await handler(get('GET /docs', '/docs'))).toMatchObject({ statusCode: 200 });
  const problem = get('GET /problems/{code}', '/problems/not-found', { code: 'not-found' });
  expect(await handler(problem)).toMatchObject({ statusCode: 200 });
  for (const name of DOCS_FILES) {
    expect(await handler(get('GET /docs/{file}', `/docs/${name}`, { file: name }))).toMatchObject({ statusCode: 200 });
  }
  expect(await handler(get('$default', '/no/such/path'))).toMatchObject({
    statusCode: 404,
    headers: { 'content-type': 'application/problem+json' },
  });
});

/** An event of API Gateway, payload format 2.0. */
function get(routeKey: string, rawPath: string, pathParameters?: Record<string, string>): unknown {
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: '',
    headers: {},
    ...(pathParameters === undefined ? {} : { pathParameters }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'GET', path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request',
      routeKey,
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    isBase64Encoded: false,
  };
}
