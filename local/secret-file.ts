/** Files that only their owner may read: the signing key, the development token, the engine's address. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

const OWNER_ONLY = 0o600;
const BEYOND_OWNER = 0o077;

/**
 * Replaces `path` by `text`, mode 0600, all or nothing: after a crash the old or the new content is there, never a part.
 */
export function writeSecretFile(path: string, text: string): void {
  const draft = writeDraft(path, text);
  renameSync(draft, path);
}

/**
 * Makes `path` with `text`, mode 0600, unless it is there already. Of two that race, one wins and both go on with its
 * content.
 * @returns the content that stands in the file.
 */
export function createSecretFile(path: string, text: string): string {
  const draft = writeDraft(path, text);
  try {
    // A hard link is the one way to publish a complete file without replacing another.
    linkSync(draft, path);
    return text;
  } catch (error) {
    if (!isFileError(error, 'EEXIST')) throw error;
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Content of a secret file; `undefined` when there is none. A file that others can read is closed to them, and `warn` is
 * told, because what it held may be known by now.
 */
export function readSecretFile(path: string, warn: (message: string) => void): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (isOpenToOthers(path)) {
    chmodSync(path, OWNER_ONLY);
    warn(
      isOpenToOthers(path)
        ? `${path} can be read by other users, and this file system does not let that be changed.`
        : `${path} could be read by other users. It is closed now; if others use this machine, take its content as known to them.`,
    );
  }
  return text;
}

// Windows has no such mode bits: it reports 0666 for every file.
function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & BEYOND_OWNER) !== 0;
}

function writeDraft(path: string, text: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`;
  const file = openSync(draft, 'wx', OWNER_ONLY);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return draft;
}

export function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
