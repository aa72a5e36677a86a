import { createReadStream } from 'node:fs';

/** Reads a file, but at most one byte more than `maxBytes`: that byte shows that the file is too large. */
export async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: maxBytes })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
