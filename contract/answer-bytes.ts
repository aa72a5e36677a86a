/**
 * Bytes of a part of an answer in what Lambda hands on, which may have 6 MB: there the JSON of an answer is a string, and so
 * each of its quotation marks has two bytes.
 */
export function answerBytes(part: unknown): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(part)));
}
