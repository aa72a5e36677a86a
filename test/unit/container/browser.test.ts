import { build } from 'esbuild';
import type { CryptoKey } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { Container } from '../../../container/browser.ts';
import type { BrowserHost } from '../../../container/browser-database.ts';
import { type Update, verifyContext } from '../../../protocol/index.ts';
import { activation, ISSUER, TestVendor } from './test-vendor.ts';

let vendor: TestVendor;
let records: Map<string, unknown>;
let host: BrowserHost;

beforeEach(() => {
  vendor = new TestVendor();
  records = new Map();
  host = memoryHost(records);
});

test('the library for browsers imports no module of Node', async () => {
  const entry = new URL('../../../container/browser.ts', import.meta.url).pathname;
  // A module of Node cannot be resolved for browsers, so the build would fail.
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'browser',
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs).filter((path) => !path.startsWith('node_modules/jose/'));
  expect(inputs.every((path) => /^(?:container|protocol)\//.test(path))).toBe(true);
});

describe('a container in a browser', () => {
  test('applies updates, checks them, and is found again with the same serial', async () => {
    const keys = await vendor.keys();
    const container = await Container.create({ name: 'main', keys, trust: keys, host });
    await container.apply({ updates: [await vendor.issue(container.serial, [activation('L1')])] });
    expect(await container.check('base')).toMatchObject({ ok: true, license: 'L1' });
    const again = await Container.open('main', { trust: keys, host });
    expect(again.serial).toBe(container.serial);
    expect(await again.check('base')).toMatchObject({ ok: true, license: 'L1' });
    const context = await verifyContext(await again.context(), { issuer: ISSUER, newestKeySet: 1 });
    expect(context).toMatchObject({ ok: true, context: { serial: container.serial, counter: 1 } });
    await again.probe();
  });

  test('has a private key that cannot be exported', async () => {
    await Container.create({ name: 'main', keys: await vendor.keys(), host });
    const { privateKey } = records.get('main') as { privateKey: CryptoKey };
    expect(privateKey.extractable).toBe(false);
  });

  test('is never overwritten, and is refused when it is missing or damaged', async () => {
    const keys = await vendor.keys();
    await Container.create({ name: 'main', keys, host });
    await expect(Container.create({ name: 'main', keys, host })).rejects.toMatchObject({ code: 'exists' });
    await expect(Container.open('none', { host })).rejects.toMatchObject({ code: 'not-found' });
    for (const change of [{ state: {} }, { privateKey: 'text' }, { revision: -1 }]) {
      records.set('other', { ...(records.get('main') as object), ...change });
      await expect(Container.open('other', { host })).rejects.toMatchObject({ code: 'schema' });
    }
  });

  test('is refused when its private key is that of another container', async () => {
    const keys = await vendor.keys();
    await Container.create({ name: 'main', keys, host });
    const opened = await Container.open('main', { trust: keys, host });
    await Container.create({ name: 'other', keys, host });
    const { privateKey } = records.get('other') as { privateKey: unknown };
    records.set('main', { ...(records.get('main') as object), privateKey, revision: 9 });
    await expect(Container.open('main', { host })).rejects.toMatchObject({ code: 'key' });
    expect(await opened.check('base')).toEqual({ ok: false, reason: 'file-damaged' });
  });

  test('changes one after the other when ten tabs apply the same file', async () => {
    const { serial } = await Container.create({ name: 'main', keys: await vendor.keys(), host });
    const updates: Update[] = [];
    for (let index = 0; index < 5; index++) updates.push(await vendor.issue(serial, [activation(`L${index}`)]));
    const tabs = await Promise.all(Array.from({ length: 10 }, () => Container.open('main', { host })));
    const reports = await Promise.all(tabs.map((tab) => tab.apply({ updates })));
    expect(reports.flatMap(({ applied }) => applied)).toHaveLength(5);
    expect((await Container.open('main', { host })).content).toEqual(vendor.target(serial));
  });

  test('refuses a write that the browser does not let it make, in words', async () => {
    const container = await Container.create({ name: 'main', keys: await vendor.keys(), host });
    Object.assign(host, { indexedDB: { open: () => failing(new Error('QuotaExceededError')) } });
    await expect(container.probe()).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('Free some space'),
    });
  });
});

/** Calls back as a browser does: later. */
function succeeding<Result>(result: Result) {
  const request = { result, error: null, onsuccess: null as (() => void) | null, onerror: null };
  queueMicrotask(() => request.onsuccess?.());
  return request;
}

function failing(error: Error) {
  const request = { result: undefined, error, onsuccess: null, onerror: null as (() => void) | null };
  queueMicrotask(() => request.onerror?.());
  return request;
}

/** IndexedDB and Web Locks in memory, with the order of calls that a browser has. */
function memoryHost(kept: Map<string, unknown>): BrowserHost {
  let last: Promise<unknown> = Promise.resolve();
  const store = {
    get: (key: string) => succeeding(structuredClone(kept.get(key))),
    put: (value: unknown, key: string) => succeeding(void kept.set(key, structuredClone(value))),
    add: (value: unknown, key: string) => succeeding(void kept.set(key, structuredClone(value))),
  };
  const database = {
    createObjectStore: () => store,
    transaction: () => {
      const transaction = { error: null, objectStore: () => store, oncomplete: null as (() => void) | null };
      setImmediate(() => transaction.oncomplete?.());
      return transaction;
    },
    close: () => undefined,
  };
  return {
    indexedDB: {
      open: () => {
        const request = succeeding(database);
        return Object.assign(request, { onupgradeneeded: null, onblocked: null });
      },
    } as unknown as BrowserHost['indexedDB'],
    locks: {
      request: (_name, work) => {
        const result = last.then(work);
        last = result.catch(() => undefined);
        return result;
      },
    },
  };
}
