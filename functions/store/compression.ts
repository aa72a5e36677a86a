import { gunzipSync, gzipSync } from 'node:zlib';

/** Larger texts are compressed: an item holds at most 400 KB, and large texts are repetitive. */
const UNCOMPRESSED_BYTES = 50_000;

/** @returns the text as an item stores it: unchanged, or compressed when it has more than 50,000 bytes. */
export function compressText(text: string): string | Uint8Array {
  return Buffer.byteLength(text) <= UNCOMPRESSED_BYTES ? text : gzipSync(text);
}

/** @returns the text that {@link compressText} got. */
export function decompressText(packed: string | Uint8Array): string {
  return typeof packed === 'string' ? packed : gunzipSync(packed).toString('utf8');
}

/** @returns the JSON value as an item stores it: unchanged, or its text compressed when that has more than 50,000 bytes. */
export function compressJson<Value>(value: Value): Value | Uint8Array {
  const text = compressText(JSON.stringify(value));
  return typeof text === 'string' ? value : text;
}

/** @returns the value that {@link compressJson} got, for a schema to parse. */
export function decompressJson(packed: unknown): unknown {
  return packed instanceof Uint8Array ? JSON.parse(decompressText(packed)) : packed;
}
