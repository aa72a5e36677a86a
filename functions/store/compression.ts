import { gunzipSync, gzipSync } from 'node:zlib';

/** An item may have 400 KB, and what is large repeats itself a lot: it is compressed from here on. */
const UNCOMPRESSED_BYTES = 50_000;

/** A text as an item holds it: as it is, or compressed when it is large. */
export function compressText(text: string): string | Uint8Array {
  return Buffer.byteLength(text) <= UNCOMPRESSED_BYTES ? text : gzipSync(text);
}

export function decompressText(packed: string | Uint8Array): string {
  return typeof packed === 'string' ? packed : gunzipSync(packed).toString('utf8');
}

/** A JSON value as an item holds it: as it is, or its text compressed when that is large. */
export function compressJson<Value>(value: Value): Value | Uint8Array {
  const text = compressText(JSON.stringify(value));
  return typeof text === 'string' ? value : text;
}

/** What {@link compressJson} has packed, still to be parsed. */
export function decompressJson(packed: unknown): unknown {
  return packed instanceof Uint8Array ? JSON.parse(decompressText(packed)) : packed;
}
