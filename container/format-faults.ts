import type { FileFault, JsonFault } from '../protocol/index.ts';

const NOT_JSON = 'it is not valid JSON';

/** What a failed check means, for the person who applies the update file. */
const FAULTS: Readonly<Record<FileFault['code'] | JsonFault, string>> = {
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
  algorithm: 'it is not signed with Ed25519',
  type: 'its signed part has another type',
  'unknown-key': 'it is signed with a key that is not in the newest key set of this container',
  signature: 'its signature is wrong: it was changed or is not from the vendor',
  payload: 'its signed part has a wrong form',
  'not-understood': 'it needs a newer version of this program',
  issuer: 'it is from another vendor',
  'operation-schema': 'it has invalid operations',
  'operation-order': 'its operations are in the wrong order',
  'remove-missing': 'it removes a license that is not there',
  'put-existing': 'it puts a license that is already there',
  'other-container': 'it is for another container',
  'already-applied': 'it was applied before',
  gap: 'an update before it is missing',
  'from-digest': 'it starts from other licenses than those in this container',
  stale: 'it answers an earlier context of this container',
  'other-place': 'it is for other licenses than those in this container',
  'back-in-time': 'it is older than an update or a lease that this container has',
  'key-set-schema': 'a key set does not have the form of one',
  'key-set-malformed': 'the signed part of a key set is damaged',
  'key-set-payload': 'the signed part of a key set has a wrong form',
  'key-set-not-understood': 'a key set needs a newer version of this program',
  'key-set-issuer': 'a key set is from another vendor',
  'key-set-gap': 'a key set before it is missing',
  'key-set-signatures': 'too few root keys have signed a key set',
  'to-digest': 'its operations do not lead to the content that the vendor signed: it was changed',
};

/** What a failed check means, as the end of a sentence. */
export function formatFault(code: FileFault['code'] | JsonFault): string {
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
  'in-another-container': 'it is in another container',
  'moves-exhausted': 'it was moved too often in this time',
  'dropped-together': 'another action of the same request cannot be carried out; ask for it again alone',
};

/** A reason of the HTTP contract as text; an unknown reason is returned unchanged. */
export function formatReason(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason;
}

/** What an honest user does when the container has left the vendor's chain, by the `divergence` of the problem. */
const DIVERGENCE_ADVICE: Readonly<Record<string, string>> = {
  behind:
    'This copy of the container is older than the one that was used last. If you have the newest copy (another folder, another machine), use that one. If it is lost, ask the vendor to retire this container, create a new one with init, and activate the licenses again.',
  ahead:
    'The vendor’s server knows less than this container: it may have been restored from a backup. Nothing is wrong with this machine. Inform the vendor, and sync again when the vendor says so.',
  digest:
    'The licenses in this file are not those that the vendor’s updates gave it. If you did not edit the file, inform the vendor. Ask the vendor to retire this container, and create a new one with init.',
  late: 'The server has read a newer context of this container already: this one came late. Nothing is wrong, and nothing was changed. Sync again. By file: apply the answer, if there is one, and exchange a new context.',
  cloned:
    'Two copies of this container are in use. Keep one copy, and remove the other. If this is the copy to keep, ask the vendor to retire the container, create a new one with init, and activate the licenses again.',
  retired: 'The vendor has retired this container. Create a new one with init, and ask the vendor for the licenses.',
};

export function adviceOnDivergence(divergence: string | undefined): string | undefined {
  if (divergence === undefined || !Object.hasOwn(DIVERGENCE_ADVICE, divergence)) return undefined;
  return DIVERGENCE_ADVICE[divergence];
}

/** What an honest user does when the server does not read this container's contexts, by the `reason` of the problem. */
const CONTEXT_ADVICE: Readonly<Record<string, string>> = {
  audience: 'This container belongs to another vendor. Give the address of its own server with --server.',
  keys: 'The server knows fewer key sets than this container: it was reset or restored. Inform the vendor.',
};

export function adviceOnContext(reason: string | undefined): string | undefined {
  if (reason === undefined || !Object.hasOwn(CONTEXT_ADVICE, reason)) return undefined;
  return CONTEXT_ADVICE[reason];
}
