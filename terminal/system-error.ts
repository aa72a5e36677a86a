import { escapeForTerminal } from './text.ts';

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'it exists already',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  EFBIG: 'it would be too large for this file system',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk failed',
  ENAMETOOLONG: 'the path is too long',
};

/** The code of an error of the operating system, such as `ENOENT`; `undefined` for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** An error of the operating system in words, with the path that the caller gave: `o.json: there is no such file or folder`. */
export function formatSystemError(error: Error, path?: string): string {
  const code = systemErrorCode(error) ?? '';
  const failed = path ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined);
  const cause = Object.hasOwn(CAUSES, code) ? CAUSES[code] : error.message;
  return failed === undefined ? `${cause}` : `${escapeForTerminal(failed)}: ${cause}`;
}
