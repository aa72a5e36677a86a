import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { formatSystemError } from '../terminal/system-error.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Io } from './io.ts';
import { NothingFoundError } from './nothing-found-error.ts';

/** The largest body that the server accepts. */
const MAX_BYTES = 1_048_576;

/** Reads a file, or standard input for `-`. @throws UsageError when it is missing or too large. */
export async function readText(io: Io, path: string): Promise<string> {
  const bytes = path === '-' ? await io.stdin.read(MAX_BYTES) : await readAtMost(io, path);
  const name = path === '-' ? 'Standard input' : escapeForTerminal(path);
  if (bytes.length > MAX_BYTES) throw new UsageError(`${name} is too large: at most ${MAX_BYTES} bytes.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${name} is not UTF-8: save it in that encoding.`, { cause: error });
  }
}

/** Reads a JSON file, or standard input for `-`. The server validates the value and reports all errors at once. @throws UsageError */
export async function readJson(io: Io, path: string): Promise<unknown> {
  const text = await readText(io, path);
  try {
    return JSON.parse(text);
  } catch (error) {
    const name = path === '-' ? 'Standard input' : escapeForTerminal(path);
    throw new UsageError(`${name} is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** One byte more than is allowed shows that the file is too large. */
async function readAtMost({ folder }: Io, path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(resolve(folder, path), { end: MAX_BYTES })) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new UsageError(`${formatSystemError(error as Error, path)}.`, { cause: error });
  }
  return Buffer.concat(chunks);
}

/** The arguments without duplicates; a single `-` reads them from standard input, separated by white space. @throws UsageError, NothingFoundError */
export async function readIds(io: Io, words: readonly string[]): Promise<readonly string[]> {
  const given = words.length === 1 && words[0] === '-' ? (await readText(io, '-')).split(/\s+/) : words;
  const distinct = [...new Set(given.filter((word) => word !== ''))];
  if (distinct.length === 0) throw new NothingFoundError('Standard input has no ids, so nothing was changed.');
  return distinct;
}
