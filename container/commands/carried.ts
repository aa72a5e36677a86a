import { resolve } from 'node:path';
import { isObject } from '../../protocol/http-client.ts';
import { MAX_UPDATE_FILE_BYTES, parseJson } from '../../protocol/index.ts';
import { readAtMost } from '../../terminal/read-at-most.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
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

/** Why a file is not an update file, for the person who carried it; `undefined` if that is unknown. */
export function damageOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8').trim();
  if (text === '') return 'The file is empty.';
  if (text.startsWith('{') && !text.endsWith('}')) return 'The file ends in the middle: carry it again as a whole.';
  const json = parseJson(bytes, { maxBytes: MAX_UPDATE_FILE_BYTES, maxDepth: 24 });
  if (!json.ok || !isObject(json.value) || typeof json.value.title !== 'string') return undefined;
  const { title, detail } = json.value;
  const why = typeof detail === 'string' ? detail : title;
  return `It is a refusal of the server: ${escapeForTerminal(why)}`;
}
