import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { type FileSystem, NODE_FILE_SYSTEM, whenReleased } from '../../../container/file-system.ts';
import { Container } from '../../../container/index.ts';
import { withLock } from '../../../container/lock.ts';
import { newFolder } from './folder.ts';
import { activation, TestVendor } from './test-vendor.ts';

let folder: string;
let path: string;
let vendor: TestVendor;

beforeEach(async () => {
  folder = await newFolder();
  path = join(folder, 'container.json');
  vendor = new TestVendor();
});

function systemError(code: string, file = path): Error {
  return Object.assign(new Error(`${code}: failed, open '${file}.new'`), {
    code,
    syscall: 'open',
    path: `${file}.new`,
  });
}

describe('an operation on a file that another program holds', () => {
  test.each(['EPERM', 'EACCES', 'EBUSY'])('is tried again after %s, until the file is released', async (code) => {
    let attempts = 0;
    const release = () => (++attempts < 3 ? Promise.reject(systemError(code)) : Promise.resolve());
    await whenReleased(release);
    expect(attempts).toBe(3);
  });

  test('fails with its error when the file is not released in time', async () => {
    await expect(whenReleased(() => Promise.reject(systemError('EPERM')), 100)).rejects.toMatchObject({
      code: 'EPERM',
    });
  });

  test('fails at once for other errors', async () => {
    let attempts = 0;
    const work = () => {
      attempts += 1;
      return Promise.reject(systemError('ENOSPC'));
    };
    await expect(whenReleased(work)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(attempts).toBe(1);
  });
});

describe('a lock', () => {
  // A limit of the size of files stands for a disk that is full.
  test.skipIf(process.platform === 'win32')('is removed when a full disk does not take its holder', async () => {
    const lock = join(folder, 'full.lock');
    const source = new URL('../../../container/file-system.ts', import.meta.url).href;
    const program = `const { NODE_FILE_SYSTEM } = await import('${source}');
      await NODE_FILE_SYSTEM.claim('${lock}', 'holder', 2000).catch(({ code }) => process.stderr.write(code));`;
    const script = 'ulimit -f 0; exec "$0" --input-type=module -e "$1"';
    const { stderr } = await promisify(execFile)('sh', ['-c', script, process.execPath, program]);
    expect(stderr).toBe('EFBIG');
    expect(await NODE_FILE_SYSTEM.mode(lock)).toBeUndefined();
  });

  test('is given up by a process that needed too long to write it, and is left empty for others to break', async () => {
    const lock = join(folder, 'slow.lock');
    expect(await NODE_FILE_SYSTEM.claim(lock, 'holder', -1)).toBe(false);
    expect(await readFile(lock, 'utf8')).toBe('');
    await expect(NODE_FILE_SYSTEM.claim(lock, 'holder', 1_000)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  test('is not broken while its process has not finished writing it', async () => {
    const lock = join(folder, 'container.json.lock');
    const events: string[] = [];
    const slow: FileSystem = {
      ...NODE_FILE_SYSTEM,
      async claim(target, text) {
        // The file is there, and its content follows a second later.
        await writeFile(target, '', { flag: 'wx' });
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        await writeFile(target, text);
        return true;
      },
    };
    const first = withLock(slow, lock, async () => {
      events.push('first in');
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push('first out');
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const second = withLock(NODE_FILE_SYSTEM, lock, async () => void events.push('second in'));
    await Promise.all([first, second]);
    expect(events).toEqual(['first in', 'first out', 'second in']);
  });
});

describe('errors of the operating system', () => {
  test.each([
    ['EACCES', 'permission denied', 'Give the user of this program the right'],
    ['EROFS', 'the file system is read-only', 'Move the container'],
    ['ENOSPC', 'the disk is full', 'Free some space'],
    ['ENOENT', 'there is no such file or folder', 'Create the folder first'],
    ['EIO', 'the disk failed', 'Try again'],
  ])('%s comes in words with what to do, and names the folder only', async (code, cause, advice) => {
    const files: FileSystem = { ...NODE_FILE_SYSTEM, create: () => Promise.reject(systemError(code)) };
    const created = Container.create({ path, keys: await vendor.keys(), files });
    const error = await created.then(() => undefined).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'unwritable', cause: { code } });
    expect(error?.message).toContain(`${folder}: ${cause}.`);
    expect(error?.message).toContain(advice);
    expect(error?.message).not.toContain('.new');
  });

  test('a disk that is full leaves no second copy of the private key', async () => {
    const container = await Container.create({ path, keys: await vendor.keys() });
    const removed: string[] = [];
    const files: FileSystem = {
      ...NODE_FILE_SYSTEM,
      rename: () => Promise.reject(systemError('ENOSPC')),
      remove: (target) => {
        removed.push(target);
        return NODE_FILE_SYSTEM.remove(target);
      },
    };
    const full = await Container.open(path, { files });
    const update = await vendor.issue(container.serial, [activation('L1')]);
    await expect(full.apply({ updates: [update] })).rejects.toMatchObject({ code: 'unwritable' });
    expect(removed.at(-2)).toBe(`${path}.new`);
    expect((await Container.open(path)).content.counter).toBe(0);
  });
});
