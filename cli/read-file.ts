import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { escapeForTerminal } from '../terminal/text.ts';
import { type Io, UsageError } from './io.ts';

/** Bytes that the server takes as a body. */
const MAX_BYTES = 1_048_576;

/** The text of a file, or of standard input for `-`. @throws UsageError when there is none, or too much. */
export async function readText(io: Io, path: string): Promise<string> {
  const bytes = path === '-' ? await io.stdin.read(MAX_BYTES) : await readAtMost(resolve(io.folder, path));
  const name = path === '-' ? 'Standard input' : escapeForTerminal(path);
  if (bytes.length > MAX_BYTES) throw new UsageError(`${name} is too large: at most ${MAX_BYTES} bytes.`);
  return new TextDecoder().decode(bytes);
}

/** The JSON in it. What it has to be is for the server to say, which tells all faults at once. */
export async function readJson(io: Io, path: string): Promise<unknown> {
  const text = await readText(io, path);
  try {
    return JSON.parse(text);
  } catch (error) {
    const name = path === '-' ? 'Standard input' : escapeForTerminal(path);
    throw new UsageError(`${name} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** One more than is allowed is enough to see that it is too large. */
async function readAtMost(path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: MAX_BYTES })) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  return Buffer.concat(chunks);
}

/** Words of the command line; a single `-` stands for the words of standard input, between any white space. */
export async function wordsOrInput(io: Io, words: readonly string[]): Promise<readonly string[]> {
  const given = words.length === 1 && words[0] === '-' ? (await readText(io, '-')).split(/\s+/) : words;
  const distinct = [...new Set(given.filter((word) => word !== ''))];
  if (distinct.length === 0) throw new UsageError('Standard input has nothing in it.');
  return distinct;
}
