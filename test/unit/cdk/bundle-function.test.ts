import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { bundleFunction } from '../../../cdk/bundle-function.ts';

const directory = mkdtempSync(join(tmpdir(), 'relicense-bundle-'));
const entry = fileURLToPath(new URL('fixtures/read-item.ts', import.meta.url));
const bundle = bundleFunction('workflow', { entry, directory });

afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function load(): Promise<(event: { endpoint: string }) => Promise<unknown>> {
  // The variable keeps the test runner from bundling the bundle.
  const url = pathToFileURL(bundle.file).href;
  const { handler } = await import(/* @vite-ignore */ url);
  return handler;
}

test('a bundle is one file with the SDK, and its size is known by package', () => {
  expect(readdirSync(directory)).toEqual(['index.mjs']);
  expect(bundle.bytesByPackage.get('@aws-sdk/client-dynamodb')).toBeGreaterThan(0);
  expect([...bundle.bytesByPackage.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(bundle.bytes);
});

test('a bundle has no sources of credentials but the environment', () => {
  const packages = [...bundle.bytesByPackage.keys()];
  expect(packages.filter((name) => /credential-provider|token-providers|nested-clients/.test(name))).toEqual([]);
  expect(bundle.bytes).toBeLessThan(250_000);
});

test("a bundle signs its calls with the credentials of the function's environment", async () => {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify({ Item: { pk: { S: 'a' }, count: { N: '3' } } }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'KEYOFTHEFUNCTION');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'session-of-the-function');
    const handler = await load();
    const { port } = server.address() as AddressInfo;
    expect(await handler({ endpoint: `http://127.0.0.1:${port}` })).toEqual({ pk: 'a', count: 3 });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.authorization).toContain('Credential=KEYOFTHEFUNCTION/');
    expect(seen[0]?.['x-amz-security-token']).toBe('session-of-the-function');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a bundle without credentials in the environment throws an error that names the variable', async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
  const handler = await load();
  await expect(handler({ endpoint: 'http://127.0.0.1:9' })).rejects.toThrow('AWS_ACCESS_KEY_ID');
});

test('a missing entry file is an error at bundling', () => {
  const missing = join(tmpdir(), 'relicense-no-such-entry.ts');
  const elsewhere = mkdtempSync(join(tmpdir(), 'relicense-bundle-'));
  try {
    expect(() => bundleFunction('workflow', { entry: missing, directory: elsewhere })).toThrow();
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});
