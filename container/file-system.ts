import { constants } from 'node:fs';
import { lstat, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The disk operations of a container. Each method is one step that a crash can prevent or follow, so that a test can try
 * every step. It needs no hard links, which USB sticks, many network drives and some synced folders do not have.
 */
export interface FileSystem {
  /** Content of a file; `undefined` when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Permission bits; `undefined` when there is no such file. */
  mode(path: string): Promise<number | undefined>;
  /** A text that is another one after each change of the file; `undefined` when there is no such file. */
  revision(path: string): Promise<string | undefined>;
  /** The time of its last change, in milliseconds since 1970; `undefined` when there is no such file. */
  modifiedAt(path: string): Promise<number | undefined>;
  /** Creates a file with mode 0600 and syncs its content to the disk (fsync). Fails with `EEXIST`. */
  create(path: string, text: string): Promise<void>;
  /**
   * Creates a file with mode 0600. Fails with `EEXIST`. When the text is not written within `milliseconds`, it empties the
   * file and returns `false`. When the text cannot be written, it removes the file.
   */
  claim(path: string, text: string, milliseconds: number): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, if there is one. */
  remove(path: string): Promise<void>;
  /** Syncs a folder's entries to the disk (fsync), so that a rename survives a power cut. */
  syncFolder(path: string): Promise<void>;
  /** The path with every symbolic link followed; the same path when there is no such file. */
  resolve(path: string): Promise<string>;
}

const OWNER_ONLY = 0o600;

export const NODE_FILE_SYSTEM: FileSystem = {
  read: (path) => undefinedIfMissing(readFile(path)),
  mode: async (path) => (await undefinedIfMissing(lstat(path)))?.mode,
  async revision(path) {
    const found = await undefinedIfMissing(stat(path, { bigint: true }));
    return found === undefined ? undefined : `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
  },
  modifiedAt: async (path) => (await undefinedIfMissing(lstat(path)))?.mtimeMs,
  async create(path, text) {
    const file = await open(path, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  async claim(path, text, milliseconds) {
    const startedAt = performance.now();
    const file = await open(path, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text).catch(async (error: unknown) => {
        // A full disk. Nobody else has given this file up so soon, so it is still this one.
        if (performance.now() - startedAt < milliseconds) await rm(path, { force: true });
        throw error;
      });
      if (performance.now() - startedAt < milliseconds) return true;
      // The path may be another process's file by now, so only this file is emptied, and nothing is removed.
      await file.truncate(0);
      return false;
    } finally {
      await file.close();
    }
  },
  rename: (from, to) => whenReleased(() => rename(from, to)),
  remove: (path) => whenReleased(() => rm(path, { force: true })),
  async syncFolder(path) {
    // Windows cannot open a folder, and it journals renames. Some network drives cannot sync a folder.
    if (process.platform === 'win32') return;
    const folder = await open(path, constants.O_RDONLY);
    try {
      await folder.sync();
    } catch (error) {
      if (!CANNOT_SYNC_FOLDERS.has(errorCode(error) ?? '')) throw error;
    } finally {
      await folder.close();
    }
  },
  resolve: async (path) => (await undefinedIfMissing(realpath(path))) ?? path,
};

const CANNOT_SYNC_FOLDERS: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/** What Windows answers while a virus scanner or an indexer has the file open. */
const HELD_UP: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
const HELD_UP_MILLISECONDS = 5_000;
const PAUSE_MILLISECONDS = 50;

/**
 * Tries again for five seconds while another program has a file open. Folders that cannot be written are noticed before, when
 * the new file is created.
 */
export async function whenReleased(work: () => Promise<void>, milliseconds = HELD_UP_MILLISECONDS): Promise<void> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!HELD_UP.has(errorCode(error) ?? '') || performance.now() > deadline) throw error;
      await sleep(PAUSE_MILLISECONDS);
    }
  }
}

/** The `code` of a system error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

async function undefinedIfMissing<Value>(operation: Promise<Value>): Promise<Value | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
