/** The container of a page, in a real browser: WebCrypto, IndexedDB and Web Locks. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { verifyContext } from '../../protocol/index.ts';
import { needChromium, openBeside, openPage, startBrowser } from '../harness/chromium.ts';
import { activation, ISSUER, TestVendor } from '../unit/container/test-vendor.ts';

let server: Server | undefined;
let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

/** Serves a page that has the library as `relicense`. */
async function servePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL('../../container/browser.ts', import.meta.url).pathname],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'relicense',
    write: false,
  });
  const script = outputFiles[0]?.text ?? '';
  server = createServer((request, response) => {
    const isScript = request.url === '/container.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(
      isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/container.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a page creates a container, applies an update, checks it, and finds it again after a reload', async (context) => {
  browser = await startBrowser(needChromium(context));
  const url = await servePage();
  const vendor = new TestVendor();
  const keys = JSON.stringify(await vendor.keys());
  const { page, errors } = await openPage(browser, url);
  await page.waitForFunction("typeof relicense === 'object'");

  const serial = await page.evaluate<string>(
    `relicense.Container.create({ name: 'main', keys: ${keys}, trust: ${keys} })
      .then((made) => { globalThis.container = made; return made.serial; })`,
  );
  const texts = await page.evaluate<string[]>('Promise.all([container.context(), container.context()])');
  const read = await Promise.all(texts.map((text) => verifyContext(text, { issuer: ISSUER, newestKeySet: 1 })));
  const times = read.map((one) => (one.ok ? one.context.iat : 0));
  expect(read).toMatchObject([{ ok: true, context: { serial, counter: 0 } }, { ok: true }]);
  expect(times[0]).not.toBe(times[1]);

  const iat = Math.floor(Date.now() / 1_000);
  const update = await vendor.issue(serial, [activation('L1', { terms: { leaseDays: 30, features: ['a'] } })], iat);
  const file = JSON.stringify({ updates: [update] });
  expect(await page.evaluate(`container.apply(${file})`)).toMatchObject({ ok: true, applied: [{}] });
  expect(await page.evaluate("container.check('base', { feature: 'a' })")).toMatchObject({ ok: true, license: 'L1' });
  expect(await page.evaluate("container.check('none')")).toEqual({ ok: false, reason: 'no-license' });

  const { page: again, errors: later } = await openBeside(page, url);
  await again.waitForFunction("typeof relicense === 'object'");
  const open = `relicense.Container.open('main', { trust: ${keys} })`;
  expect(await again.evaluate(`${open}.then((one) => one.serial)`)).toBe(serial);
  expect(await again.evaluate(`${open}.then((one) => one.check('base'))`)).toMatchObject({ ok: true, license: 'L1' });
  // Only the keys that the page brings prove anything.
  const untrusted = "relicense.Container.open('main').then((one) => one.check('base'))";
  expect(await again.evaluate(untrusted)).toEqual({ ok: false, reason: 'unsealed' });
  const twice = `relicense.Container.create({ name: 'main', keys: ${keys} }).catch((error) => error.code)`;
  expect(await again.evaluate(twice)).toBe('exists');

  // No script can read the private key, and an edited record is not sealed. The first page sees what the second one wrote.
  const edited = await again.evaluate(`(${edit.toString()})()`);
  expect(edited).toBe('InvalidAccessError');
  expect(await page.evaluate("container.check('base')")).toEqual({ ok: false, reason: 'unsealed' });
  expect(errors).toEqual([]);
  expect(later).toEqual([]);
});

/** Runs in the page: tries to read the private key, and gives the license a feature more. */
function edit(): Promise<string> {
  return new Promise((resolve) => {
    const opening = Reflect.get(globalThis, 'indexedDB').open('relicense', 1);
    opening.onsuccess = () => {
      const store = opening.result.transaction('containers', 'readwrite').objectStore('containers');
      const reading = store.get('main');
      reading.onsuccess = () => {
        const record = reading.result;
        record.state.content.licenses[0].terms.features.push('b');
        record.revision += 1;
        store.put(record, 'main').onsuccess = () =>
          crypto.subtle.exportKey('jwk', record.privateKey).then(
            () => resolve('exported'),
            (error) => resolve(error.name),
          );
      };
    };
  });
}
