import { createHash, randomUUID } from 'node:crypto';
import { chmod, copyFile, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readContainerFile, writeContainerFile } from '../../../container/container-file.ts';
import { type FileSystem, NODE_FILE_SYSTEM } from '../../../container/file-system.ts';
import { Container, ContainerError } from '../../../container/index.ts';
import { withLock } from '../../../container/lock.ts';
import {
  canonicalJson,
  digestOf,
  EMPTY_CONTENT,
  type SignedKeySet,
  type Update,
  verifyContext,
} from '../../../protocol/index.ts';
import { newFolder } from './folder.ts';
import { activation, ISSUER, license, TestVendor } from './test-vendor.ts';

let folder: string;
let path: string;
let vendor: TestVendor;
let container: Container;

beforeEach(async () => {
  folder = await newFolder();
  path = join(folder, 'container.json');
  vendor = new TestVendor();
  container = await Container.create({ path, keys: await vendor.keys(), server: 'https://licenses.example.com/' });
});

afterEach(() => {
  vi.useRealTimers();
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ContainerError) return error.code;
    throw error;
  }
  return 'none';
}

function damaged(jws: string): string {
  const at = jws.lastIndexOf('.') + 10;
  return jws.slice(0, at) + (jws[at] === 'A' ? 'B' : 'A') + jws.slice(at + 1);
}

async function verified(context: string) {
  return verifyContext(context, { issuer: ISSUER, newestKeySet: 1 });
}

describe('a new container', () => {
  test('is empty, private, and has the keys and the server of its vendor', async () => {
    expect(container.content).toEqual(EMPTY_CONTENT);
    expect(container.server).toBe('https://licenses.example.com');
    expect(container.keySet.signed).toEqual((await vendor.keys()).keySets[0]);
    expect(container.issuer).toBe(ISSUER);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await container.isExposed()).toBe(false);
    expect(await readdir(folder)).toEqual(['container.json']);
  });

  test('never overwrites a file', async () => {
    const before = await readFile(path, 'utf8');
    expect(await codeOf(Container.create({ path, keys: await vendor.keys() }))).toBe('exists');
    expect(await readFile(path, 'utf8')).toBe(before);
    const dangling = join(folder, 'link.json');
    await symlink(join(folder, 'nowhere.json'), dangling);
    expect(await codeOf(Container.create({ path: dangling, keys: await vendor.keys() }))).toBe('exists');
  });

  test('is created once when ten processes try at the same time', async () => {
    const target = join(folder, 'raced.json');
    const keys = await vendor.keys();
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(Container.create({ path: target, keys }))));
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'exists')).toHaveLength(9);
    expect((await Container.open(target)).content).toEqual(EMPTY_CONTENT);
  });

  test.each([
    ['null', () => null],
    ['an empty list', () => ({ keySets: [] })],
    ['a list of keys', async () => ({ keys: (await vendor.keys()).keySets })],
    ['a set whose signature is damaged', async () => ({ keySets: [{ jws: [damaged(await firstJws())] }] })],
    ['a list without set 1', async () => ({ keySets: (await rotatedVendor()).slice(1) })],
    ['a set that the root keys before it did not sign', async () => ({ keySets: await keySetsOfTwoVendors() })],
  ])('is refused without key sets that prove each other: %s', async (_, keys) => {
    const made = Container.create({ path: join(folder, 'new.json'), keys: await keys() });
    expect(await codeOf(made)).toBe('key-sets');
    expect(await readdir(folder)).toEqual(['container.json']);
  });

  test('holds every key set from set 1 on', async () => {
    const keySets = await rotatedVendor();
    const made = await Container.create({ path: join(folder, 'new.json'), keys: { keySets } });
    expect(made.keySet.version).toBe(3);
    expect(readContainerFile(await readFile(made.path)).vendor.keySets.map(({ version }) => version)).toEqual([
      1, 2, 3,
    ]);
  });

  async function firstJws(): Promise<string> {
    return (await vendor.keys()).keySets[0]?.jws[0] ?? '';
  }

  /** Key sets 1 to 3 of a vendor that changed its update key, and then its root key. */
  async function rotatedVendor(): Promise<SignedKeySet[]> {
    await vendor.rotate();
    await vendor.rotate({ root: true });
    return (await vendor.keys()).keySets;
  }

  async function keySetsOfTwoVendors(): Promise<SignedKeySet[]> {
    const stranger = new TestVendor();
    await stranger.keys();
    await stranger.rotate();
    return [...(await vendor.keys()).keySets, ...(await stranger.keys()).keySets.slice(1)];
  }

  test.each(['ftp://example.com', 'https://user:secret@example.com', 'https://example.com/?a', 'example.com'])(
    'is refused with the server %s',
    async (server) => {
      const keys = await vendor.keys();
      expect(await codeOf(Container.create({ path: join(folder, 'new.json'), keys, server }))).toBe('schema');
    },
  );
});

describe('a context', () => {
  test('is signed by the container and has its counter and digest', async () => {
    const result = await verified(await container.context());
    expect(result).toMatchObject({
      ok: true,
      context: { serial: container.serial, counter: 0, digest: await digestOf(EMPTY_CONTENT) },
    });
  });

  test('is refused in words when the clock shows a time before 1970', async () => {
    vi.useFakeTimers({ now: -1_000, toFake: ['Date'] });
    await expect(container.context()).rejects.toMatchObject({
      code: 'clock',
      message: expect.stringContaining('1970'),
    });
  });

  test('is different each time', async () => {
    expect(await container.context()).not.toBe(await container.context());
  });

  test('reports the content of the file after another process changed it', async () => {
    const other = await Container.open(path);
    await other.apply({ updates: [await vendor.issue(container.serial, [activation('L1')])] });
    expect(await verified(await container.context())).toMatchObject({ context: { counter: 1 } });
  });

  test('is refused when the file is now another container', async () => {
    const otherPath = join(folder, 'other.json');
    await Container.create({ path: otherPath, keys: await vendor.keys() });
    await copyFile(otherPath, path);
    expect(await codeOf(container.context())).toBe('other-container');
    expect(await codeOf(container.apply({ updates: [] }))).toBe('other-container');
  });
});

describe('applying', () => {
  test('writes a chain to the disk; the same file again changes nothing', async () => {
    const { serial } = container;
    const updates = [
      await vendor.issue(serial, [activation('L1'), activation('L2')]),
      await vendor.issue(serial, [{ op: 'remove', license: 'L1', cause: 'withdraw' }]),
    ];
    const text = JSON.stringify({ updates });
    expect(await container.apply(text)).toMatchObject({ ok: true, skipped: 0, applied: [{}, {}] });
    expect((await Container.open(path)).content).toEqual({ counter: 2, licenses: [license('L2')] });
    const before = await stat(path);
    expect(await container.apply(Buffer.from(text))).toEqual({ ok: true, skipped: 2, applied: [] });
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
    expect(await readdir(folder)).toEqual(['container.json']);
  });

  test('keeps the updates before a refused one, and reports its index', async () => {
    const good = await vendor.issue(container.serial, [activation('L1')]);
    const bad = { ...(await vendor.issue(container.serial, [activation('L2')])), operations: [] };
    const report = await container.apply({ updates: [good, bad] });
    expect(report).toMatchObject({ ok: false, code: 'to-digest', index: 1, applied: [{}] });
    expect((await Container.open(path)).content.counter).toBe(1);
  });

  test.each([
    ['invalid JSON', '{', 'syntax'],
    ['a member twice', '{"updates":[],"updates":[]}', 'duplicate-key'],
    ['an object without updates', '{}', 'schema'],
    ['10 MB', ' '.repeat(10 * 1024 * 1024), 'too-large'],
    ['a million nested lists', '['.repeat(1_000_000), 'too-deep'],
    ['bytes that are not UTF-8', Uint8Array.from([0xff]), 'encoding'],
  ])('refuses %s and changes no byte of the file', async (_, file, code) => {
    const before = await readFile(path);
    expect(await container.apply(file)).toEqual({ ok: false, part: 'file', code, applied: [], skipped: 0 });
    expect(await readFile(path)).toEqual(before);
  });

  test('refuses an update of another vendor and an update for another container', async () => {
    const stranger = new TestVendor();
    const forged = await stranger.issue(container.serial, [activation('L1')]);
    expect(await container.apply({ updates: [forged] })).toMatchObject({ ok: false, code: 'unknown-key' });
    const other = await Container.create({ path: join(folder, 'other.json'), keys: await vendor.keys() });
    const misled = await vendor.issue(other.serial, [activation('L1')]);
    expect(await container.apply({ updates: [misled] })).toMatchObject({ ok: false, code: 'other-container' });
  });

  test('applies each update once when ten processes apply the same file', async () => {
    const updates: Update[] = [];
    for (let index = 0; index < 10; index++)
      updates.push(await vendor.issue(container.serial, [activation(`L${index}`)]));
    const openers = await Promise.all(updates.map(() => Container.open(path)));
    const reports = await Promise.all(openers.map((one) => one.apply({ updates })));
    expect(reports.flatMap((report) => report.applied)).toHaveLength(10);
    expect((await Container.open(path)).content).toEqual(vendor.target(container.serial));
  });

  test('follows a symbolic link and keeps the link', async () => {
    const link = join(folder, 'link.json');
    await symlink(path, link);
    const linked = await Container.open(link);
    await linked.apply({ updates: [await vendor.issue(linked.serial, [activation('L1')])] });
    expect((await Container.open(path)).content.counter).toBe(1);
    expect(await readFile(link, 'utf8')).toBe(await readFile(path, 'utf8'));
  });

  test('does not write through a link at the path of the new file', async () => {
    const victim = join(folder, 'victim.txt');
    await writeFile(victim, 'precious');
    await symlink(victim, `${path}.new`);
    await container.apply({ updates: [await vendor.issue(container.serial, [activation('L1')])] });
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect((await Container.open(path)).content.counter).toBe(1);
  });
});

describe('a container file', () => {
  test('is refused with a code when any bit is flipped', async () => {
    await container.apply({
      updates: [
        await vendor.issue(container.serial, [activation('L1', { terms: { quantity: 100, features: ['\u00e9'] } })]),
      ],
    });
    const bytes = await readFile(path);
    expect(readContainerFile(bytes).content.counter).toBe(1);
    for (let index = 0; index < bytes.length; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
        expect(() => readContainerFile(flipped)).toThrow(ContainerError);
      }
    }
  });

  test('is refused when it is truncated at any byte', async () => {
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readContainerFile(bytes.subarray(0, length))).toThrow(ContainerError);
    }
  });

  test('is refused with the specific code when it was changed and has a new checksum', async () => {
    const state = readContainerFile(await readFile(path));
    const { jwk: other } = await new TestVendor().updateKey();
    await writeFile(path, writeContainerFile({ ...state, key: { ...state.key, x: other.x } }));
    expect(await codeOf(Container.open(path))).toBe('key');
    const [keySet] = (await vendor.keys()).keySets;
    const rewritten = (changes: object): string => {
      const { checksum: _, ...file } = { ...JSON.parse(writeContainerFile(state)), ...changes };
      const checksum = `sha256:${createHash('sha256').update(canonicalJson(file)).digest('hex')}`;
      return `${JSON.stringify({ ...file, checksum }, null, 2)}\n`;
    };
    const changes: [object, string][] = [
      [{ note: '' }, 'schema'],
      [{ version: 1 }, 'version'],
      [{ version: 3 }, 'version'],
      [{ version: '2' }, 'schema'],
      [{ content: { counter: -1, licenses: [] } }, 'schema'],
      [{ content: { counter: 1, licenses: [license('b'), license('a')] } }, 'schema'],
      [{ content: { counter: 1, licenses: [license('a'), license('a')] } }, 'schema'],
      [{ vendor: { keySets: [] } }, 'schema'],
      [{ vendor: { keySets: [{ jws: ['a.b.c'] }] } }, 'schema'],
      [{ vendor: { keySets: [keySet, keySet] } }, 'schema'],
      [{ vendor: { keySets: [keySet], server: 'https://example.com/' } }, 'schema'],
      [{ seal: '' }, 'schema'],
      [{ lease: 1 }, 'schema'],
      [{ newestIat: -1 }, 'schema'],
      [{ context: { jti: 'j' } }, 'schema'],
      [{ key: { ...state.key, d: 'AA' } }, 'schema'],
    ];
    for (const [change, code] of changes) {
      await writeFile(path, rewritten(change));
      expect(await codeOf(Container.open(path))).toBe(code);
    }
    await writeFile(path, JSON.stringify(JSON.parse(writeContainerFile(state))));
    expect(await codeOf(Container.open(path))).toBe('malformed');
  });

  test('is refused with not-found when it is missing', async () => {
    expect(await codeOf(Container.open(join(folder, 'none.json')))).toBe('not-found');
  });

  test('opens when others can read it, is reported as exposed, and is private again after the next change', async () => {
    await chmod(path, 0o644);
    const exposed = await Container.open(path);
    expect(await exposed.isExposed()).toBe(true);
    await exposed.apply({ updates: [await vendor.issue(exposed.serial, [activation('L1')])] });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('never appears with its private key in an error', async () => {
    const { d } = JSON.parse(await readFile(path, 'utf8')).key;
    await writeFile(path, (await readFile(path, 'utf8')).replace('"counter"', `"${d}"`));
    const error = await Container.open(path).catch((thrown: Error) => thrown);
    expect(String((error as Error).message)).not.toContain(d);
  });
});

describe('a lock', () => {
  const holder = (changes: object) =>
    JSON.stringify({ token: randomUUID(), host: hostname(), pid: process.pid, start: 'x', ...changes });

  test.each([
    ['of an ended process', () => holder({ pid: 2 ** 22 + 1 })],
    ['of an earlier process with the same id', () => holder({})],
  ])('%s is broken, even when many processes try at once', async (_, content) => {
    await writeFile(`${path}.lock`, content());
    const updates = [await vendor.issue(container.serial, [activation('L1')])];
    const reports = await Promise.all(
      Array.from({ length: 8 }, async () => (await Container.open(path)).apply({ updates })),
    );
    expect(reports.flatMap((report) => report.applied)).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['container.json']);
  });

  test('found stale by two processes: the second does not break the new lock of the first', async () => {
    const lock = `${path}.lock`;
    const token = randomUUID();
    await writeFile(lock, holder({ token, pid: 2 ** 22 + 1 }));
    const firstIsIn = Promise.withResolvers<void>();
    const firstMayLeave = Promise.withResolvers<void>();
    const order: string[] = [];
    const slow: FileSystem = {
      ...NODE_FILE_SYSTEM,
      async claim(target, text, milliseconds) {
        // The second process has read the stale lock and is about to break it.
        if (target.startsWith(`${lock}.${token}`)) await firstIsIn.promise;
        return NODE_FILE_SYSTEM.claim(target, text, milliseconds);
      },
    };
    const second = withLock(slow, lock, () => {
      order.push('second in');
      return Promise.resolve();
    });
    const first = withLock(NODE_FILE_SYSTEM, lock, async () => {
      firstIsIn.resolve();
      await firstMayLeave.promise;
      order.push('first out');
    });
    await firstIsIn.promise;
    setTimeout(firstMayLeave.resolve, 200);
    await Promise.all([first, second]);
    expect(order).toEqual(['first out', 'second in']);
    expect(await readdir(folder)).toEqual(['container.json']);
  });

  test('held by another machine is stale after ten minutes', async () => {
    const lock = `${path}.lock`;
    await writeFile(lock, holder({ host: 'another-machine' }));
    const old = new Date(Date.now() - 11 * 60_000);
    await utimes(lock, old, old);
    expect(await container.apply({ updates: [] })).toMatchObject({ ok: true });
    await writeFile(lock, holder({ host: 'another-machine' }));
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    const waiting = codeOf(container.apply({ updates: [] }));
    // The time-out of ten seconds, without waiting for it.
    const clock = setInterval(() => vi.setSystemTime(Date.now() + 1000), 10);
    expect(await waiting).toBe('locked');
    clearInterval(clock);
  });
});

test('an edited counter is refused by the checksum', async () => {
  await writeFile(path, (await readFile(path, 'utf8')).replace('"counter": 0', '"counter": 1'));
  expect(await codeOf(Container.open(path))).toBe('checksum');
});
