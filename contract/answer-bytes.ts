/**
 * Bytes of a part of an answer in Lambda's response, which has at most 6 MB. The response contains the answer's JSON as a JSON
 * string, so that each quotation mark has two bytes.
 */
export function answerBytes(part: unknown): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(part)));
}
