/** Files that only their owner may read, such as the signing key and the development token. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
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
/** What the system answers where a file system has no hard links. */
const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];
const BEYOND_OWNER = 0o077;

/** Replaces the content of a file atomically, mode 0600: after a crash it has the old or the new content, never a part. */
export function writeSecretFile(path: string, text: string): void {
  const draft = writeDraft(path, text);
  renameSync(draft, path);
}

/**
 * Creates a file with the text, mode 0600, unless the file exists. If two processes do this at once, both return the same
 * content.
 * @param link makes a hard link
 * @returns the content of the file
 */
export function createSecretFile(path: string, text: string, link: typeof linkSync = linkSync): string {
  const draft = writeDraft(path, text);
  try {
    // Only a hard link publishes a complete file without replacing an existing one.
    link(draft, path);
    return text;
  } catch (error) {
    if (isFileError(error, 'EEXIST')) return readFileSync(path, 'utf8');
    if (!NO_HARD_LINKS.some((code) => isFileError(error, code))) throw error;
    // A USB stick or a network drive. The home's lock keeps another runtime away in between.
    if (existsSync(path)) return readFileSync(path, 'utf8');
    renameSync(draft, path);
    return text;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * The content of a secret file; `undefined` if it does not exist. If other users can read the file, it gets mode 0600, and
 * `warn` gets a message, because they may know the content.
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
        ? `Other users can read ${path}, and this file system does not allow to change that.`
        : `Other users could read ${path}. It now has mode 0600. If other people use this machine, they may know its content.`,
    );
  }
  return text;
}

// Windows has no such mode bits and reports 0666 for every file.
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
