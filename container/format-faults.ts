import type { ApplyFault, JsonFault } from '../protocol/index.ts';

const NOT_JSON = 'it is no acceptable JSON';

/** What a failed check means to the person who has the update file in hand. */
const WORDS: Readonly<Record<ApplyFault | JsonFault, string>> = {
  'too-large': 'it is too large',
  encoding: `${NOT_JSON}: not UTF-8`,
  'too-deep': `${NOT_JSON}: nested too deep`,
  'duplicate-key': `${NOT_JSON}: a member is named twice`,
  'lone-surrogate': `${NOT_JSON}: half of a character`,
  'number-range': `${NOT_JSON}: a number is too large`,
  syntax: NOT_JSON,
  schema: 'it has not the form of an update',
  malformed: 'its signed part is damaged',
  header: 'its signed part has a wrong header',
  algorithm: 'it is not signed with EdDSA',
  type: 'its signed part is no update',
  'unknown-key': 'it is signed with a key that this container does not know',
  signature: 'its signature is wrong: it was changed, or is not from the vendor',
  payload: 'its signed part has not the form of an update',
  'operation-schema': 'it has operations that are none',
  'operation-order': 'its operations are not in the order of the sequence',
  'remove-missing': 'it removes a license that is not there',
  'put-existing': 'it puts a license that is there already',
  'other-container': 'it is for another container',
  'already-applied': 'it was applied before',
  gap: 'an update before it is missing',
  'from-digest': 'it starts from other licenses than this container holds',
  'to-digest': 'its operations do not lead where the vendor signed: it was changed',
};

export function formatFault(code: ApplyFault | JsonFault): string {
  return WORDS[code];
}

const REASONS: Readonly<Record<string, string>> = {
  'not-on-ticket': 'it is not on that ticket',
  'not-available': 'it is not available',
  'reserved-elsewhere': 'it is reserved for another container',
  'not-in-container': 'it is not in this container',
  withdrawn: 'the vendor withdraws it',
  expired: 'it has expired',
  'requires-unmet': 'a product that it requires would be missing',
  'required-by': 'other licenses require it',
};

/** A reason of the HTTP contract in words; one that is not known, as it is. */
export function formatReason(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason;
}
