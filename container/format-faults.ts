import type { ApplyFault, JsonFault } from '../protocol/index.ts';

const NOT_JSON = 'it is not valid JSON';

/** What a failed check means, for the person who applies the update file. */
const FAULTS: Readonly<Record<ApplyFault | JsonFault, string>> = {
  'too-large': 'it is too large',
  encoding: `${NOT_JSON}: not UTF-8`,
  'too-deep': `${NOT_JSON}: nested too deeply`,
  'duplicate-key': `${NOT_JSON}: a member occurs twice`,
  'lone-surrogate': `${NOT_JSON}: an incomplete character`,
  'number-range': `${NOT_JSON}: a number is too large`,
  syntax: NOT_JSON,
  schema: 'it does not have the form of an update file',
  malformed: 'its signed part is damaged',
  header: 'its signed part has a wrong header',
  algorithm: 'it is not signed with EdDSA',
  type: 'its signed part is not an update',
  'unknown-key': 'it is signed with a key that this container has not pinned',
  signature: 'its signature is wrong: it was changed or is not from the vendor',
  payload: 'its signed part does not have the form of an update',
  'operation-schema': 'it has invalid operations',
  'operation-order': 'its operations are in the wrong order',
  'remove-missing': 'it removes a license that is not there',
  'put-existing': 'it puts a license that is already there',
  'other-container': 'it is for another container',
  'already-applied': 'it was applied before',
  gap: 'an update before it is missing',
  'from-digest': 'it starts from other licenses than those in this container',
  'to-digest': 'its operations do not lead to the content that the vendor signed: it was changed',
};

/** What a failed check means, as the end of a sentence. */
export function formatFault(code: ApplyFault | JsonFault): string {
  return FAULTS[code];
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
  'dropped-together': 'another action of the same request cannot be carried out; ask for it again alone',
};

/** A reason of the HTTP contract as text; an unknown reason is returned unchanged. */
export function formatReason(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason;
}
