import { resolve } from 'node:path';
import { findJsonFault } from '../protocol/parse-json.ts';
import { readAtMost } from '../terminal/read-at-most.ts';
import { formatSystemError } from '../terminal/system-error.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Io } from './io.ts';
import { NothingFoundError } from './nothing-found-error.ts';

/** The largest body that the server accepts. */
const MAX_BYTES = 1_048_576;

/** Reads a file, or standard input for `-`. @throws UsageError when it is missing or too large. */
export async function readText(io: Io, path: string, maxBytes = MAX_BYTES): Promise<string> {
  const bytes = path === '-' ? await io.stdin.read(maxBytes) : await readFileOf(io, path, maxBytes);
  const name = path === '-' ? 'Standard input' : escapeForTerminal(path);
  if (bytes.length > maxBytes) throw new UsageError(`${name} is too large: at most ${maxBytes} bytes.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${name} is not UTF-8: save it in that encoding.`, { cause: error });
  }
}

/** Reads a JSON file, or standard input for `-`. The server validates the value and reports all errors at once. @throws UsageError */
export async function readJson(io: Io, path: string, maxBytes = MAX_BYTES): Promise<unknown> {
  const text = await readText(io, path, maxBytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    const name = path === '-' ? 'Standard input' : escapeForTerminal(path);
    const at = findJsonFault(text);
    const where = at === undefined ? `: ${(error as Error).message}` : `: see line ${at.line}, column ${at.column}.`;
    throw new UsageError(`${name} is not valid JSON${where}`, { cause: error });
  }
}

/** @throws UsageError when the file cannot be read. */
async function readFileOf({ folder }: Io, path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readAtMost(resolve(folder, path), maxBytes);
  } catch (error) {
    throw new UsageError(`${formatSystemError(error as Error, path)}.`, { cause: error });
  }
}

/** The arguments without duplicates; a single `-` reads them from standard input, separated by white space. @throws UsageError, NothingFoundError */
export async function readIds(io: Io, words: readonly string[]): Promise<readonly string[]> {
  const given = words.length === 1 && words[0] === '-' ? (await readText(io, '-')).split(/\s+/) : words;
  const distinct = [...new Set(given.filter((word) => word !== ''))];
  if (distinct.length === 0) throw new NothingFoundError('Standard input has no ids, so nothing was changed.');
  return distinct;
}
