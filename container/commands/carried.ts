import { resolve } from 'node:path';
import { readAtMost } from '../../terminal/read-at-most.ts';
import type { Io } from './command.ts';

/** Reads a file, or standard input for `-`, that was carried from another machine. */
export async function readCarried(path: string, maxBytes: number, io: Io): Promise<Uint8Array> {
  const bytes = path === '-' ? await io.input(maxBytes) : await readAtMost(resolve(io.folder, path), maxBytes);
  return withoutMark(bytes);
}

/** Editors put a byte order mark in front, and PowerShell writes UTF-16. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.subarray(3);
  if (first === 0xff && second === 0xfe) return Buffer.from(Buffer.from(bytes.subarray(2)).toString('utf16le'));
  return bytes;
}

/** What the way has done to a JSON file that cannot be parsed; `undefined` if that is unknown. */
export function damageOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8').trim();
  if (text === '') return 'The file is empty.';
  if (text.startsWith('{') && !text.endsWith('}')) return 'The file ends in the middle: carry it again as a whole.';
  return undefined;
}
