import { createHash } from 'node:crypto';
import { MAX_SKU_BYTES, MAX_SKU_CHARACTERS } from '../../../domain/limits.ts';
import { singleLine } from '../../../domain/single-line.ts';

/** Characters that are left of a name that is too long. */
const KEPT_CHARACTERS = 100;
const DIGEST_CHARACTERS = 16;

/**
 * The name by which a line of a sale is looked up in the SKU mappings. Every result can be mapped: a name that is longer than
 * a mapping's is cut, and ends in the start of its SHA-256, so that two long names stay two.
 */
export function lookupSku(text: string): string {
  const name = singleLine(text);
  if (name.length <= MAX_SKU_CHARACTERS && Buffer.byteLength(name) <= MAX_SKU_BYTES) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_CHARACTERS);
  return `${[...name].slice(0, KEPT_CHARACTERS).join('').trim()}…${digest}`;
}
