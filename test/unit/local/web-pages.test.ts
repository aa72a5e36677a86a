import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Response } from '../../../local/api-gateway-result.ts';
import { createWebPages } from '../../../local/web-pages.ts';

const pages = createWebPages();
const PAGE = { accept: 'text/html,*/*;q=0.8' };
const get = (path: string, headers: Record<string, string> = {}) => pages.find({ method: 'GET', path, headers });

async function found(path: string, headers?: Record<string, string>): Promise<Response> {
  const response = await get(path, headers);
  if (response === undefined) throw new Error(`There is no page ${path}.`);
  return response;
}

describe('the pages on one machine', () => {
  test('a browser gets the depot at /, and a program that asks for JSON gets the API there', async () => {
    const { status, headers, body } = await found('/', PAGE);
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(body.toString()).toContain('<div id="root">');
    expect(await get('/', { accept: 'application/json' })).toBeUndefined();
    expect(await pages.find({ method: 'POST', path: '/', headers: PAGE })).toBeUndefined();
    expect(await get('/products', PAGE)).toBeUndefined();
  });

  test('the policy allows scripts and styles of the same address only, and no page may frame it', async () => {
    const policy = (await found('/', PAGE)).headers['content-security-policy'];
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  test('a script is compressed as the browser can read it, and kept for ever, because its name has its hash', async () => {
    const [, script = ''] = /src="(\/assets\/[^"]+[.]js)"/.exec((await found('/', PAGE)).body.toString()) ?? [];
    const plain = await found(script);
    const brotli = await found(script, { 'accept-encoding': 'gzip, br' });
    const zipped = await found(script, { 'accept-encoding': 'gzip' });
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(brotliDecompressSync(brotli.body)).toEqual(plain.body);
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    // The aim of the design is 150 KB.
    expect(zipped.body.length).toBeLessThan(150_000);
  });

  test('a browser that has the page already gets 304 without a body', async () => {
    const { etag = '' } = (await found('/', PAGE)).headers;
    const again = await found('/', { ...PAGE, 'if-none-match': etag });
    expect({ status: again.status, bytes: again.body.length }).toEqual({ status: 304, bytes: 0 });
  });

  test('a path that leaves the folder of the pages finds nothing', async () => {
    for (const path of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/brand/none.svg'])
      expect(await get(path, PAGE)).toBeUndefined();
  });
});
