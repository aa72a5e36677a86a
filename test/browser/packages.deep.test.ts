/** The installed container package in a page, bundled as its developers do it, against the embedded runtime. */

import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as viteBuild } from 'vite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RunningRuntime } from '../../local/runtime.ts';
import { needChromium, openBeside, openPage, startBrowser } from '../harness/chromium.ts';
import { call, startInProcess } from '../harness/embedded-runtime.ts';
import { type InstalledPackages, installPackages } from '../harness/packages.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

let packages: InstalledPackages;
let running: RunningRuntime;
beforeAll(async () => {
  [packages, running] = await Promise.all([installPackages(), startInProcess({ corsOrigins: '*' })]);
});
afterAll(async () => {
  await Promise.all([packages?.close(), running?.close()]);
});

/** What the page's own script is. */
const SCRIPT = `
import * as relicense from '@relicense/container/browser';
import { createClient } from '@relicense/client';
Object.assign(globalThis, { relicense, createClient });
`;

/** Bundles the page's script; returns it. */
async function bundleWith(bundler: 'esbuild' | 'Vite'): Promise<string> {
  const source = join(packages.folder, 'page.js');
  await writeFile(source, SCRIPT);
  const folder = temporaryFolder();
  if (bundler === 'esbuild') {
    await esbuild({
      entryPoints: [source],
      bundle: true,
      minify: true,
      outfile: join(folder, 'bundle.js'),
      format: 'esm',
    });
  } else {
    const lib = { entry: source, formats: ['es' as const], fileName: () => 'bundle.js' };
    await viteBuild({
      root: packages.folder,
      configFile: false,
      logLevel: 'error',
      build: { lib, outDir: folder, emptyOutDir: false },
    });
  }
  return readFile(join(folder, 'bundle.js'), 'utf8');
}

async function serve(script: string): Promise<string> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/bundle.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/bundle.js"></script>';
    response.end(isScript ? script : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test.for(['esbuild', 'Vite'] as const)(
  'a page bundled by %s activates a license of a server of another origin, and finds it after a reload',
  async (bundler, context) => {
    const browser = await startBrowser(needChromium(context));
    onTestFinished(() => browser.close());
    const script = await bundleWith(bundler);
    expect(script).not.toContain('node:');
    const url = await serve(script);
    const product = `page-${bundler.toLowerCase()}`;
    await call(running, 'PUT', `/products/${product}`, { name: product });
    const { body } = await call(running, 'POST', '/orders', { orderId: product, items: [{ product }] });

    const { page, errors } = await openPage(browser, url);
    await page.waitForFunction("typeof relicense === 'object'");
    const activated = await page.evaluate(`(async () => {
      const { url, ticket, product } = ${JSON.stringify({ url: running.url, ticket: body.ticket, product })};
      const keys = await createClient({ server: url }).getKeySets();
      const container = await relicense.Container.create({ name: 'main', keys, trust: keys, server: url });
      const { report } = await relicense.sync(container, { ticket, activate: 'all' });
      localStorage.setItem('keys', JSON.stringify(keys));
      return { status: report.status, check: await container.check(product) };
    })()`);
    expect(activated).toMatchObject({ status: 'confirmed', check: { ok: true } });
    const { page: again, errors: later } = await openBeside(page, url);
    await again.waitForFunction("typeof relicense === 'object'");
    const check = `relicense.Container.open('main', { trust: JSON.parse(localStorage.getItem('keys')) })
      .then((container) => container.check('${product}'))`;
    expect(await again.evaluate(check)).toMatchObject({ ok: true });
    expect([...errors, ...later]).toEqual([]);
  },
);
