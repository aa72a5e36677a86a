import { constants } from 'node:fs';
import { link, lstat, open, readFile, realpath, rename, rm } from 'node:fs/promises';

/**
 * The disk operations of a container. Each method is one step that a crash can prevent or follow, so that a test can try
 * every step.
 */
export interface FileSystem {
  /** Content of a file; `undefined` when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Permission bits; `undefined` when there is no such file. */
  mode(path: string): Promise<number | undefined>;
  /** The time of its last change, in milliseconds since 1970; `undefined` when there is no such file. */
  modifiedAt(path: string): Promise<number | undefined>;
  /** Creates a file with mode 0600 and syncs its content to the disk (fsync). Fails with `EEXIST`. */
  create(path: string, text: string): Promise<void>;
  /** A second name for a file. Fails with `EEXIST`. */
  link(path: string, name: string): Promise<void>;
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
  link,
  rename,
  remove: (path) => rm(path, { force: true }),
  async syncFolder(path) {
    // Windows cannot open a folder, and it journals renames.
    if (process.platform === 'win32') return;
    const folder = await open(path, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  resolve: async (path) => (await undefinedIfMissing(realpath(path))) ?? path,
};

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
