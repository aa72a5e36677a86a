import { KEY_SET_TYPE, type KeySetFault, MAX_KEYS } from '../protocol/index.ts';

/** Explains each failed check to the person who signs key sets. `docs/protocol.md` defines the checks. */
const MESSAGES: Readonly<Record<KeySetFault, string>> = {
  'key-set-schema': `it must be an object with the one member jws: a list of 1 to ${MAX_KEYS} texts`,
  'key-set-malformed':
    'each of its signatures must be a compact JWS with the members alg, kid and typ in its header, typ must be ' +
    `${KEY_SET_TYPE}, and all of them must have the same payload`,
  'key-set-payload':
    'its payload must have the members iss, version, iat, root with threshold and keys, and update; each list has 1 to ' +
    `${MAX_KEYS} Ed25519 keys with different kids, and threshold is at most the number of root keys`,
  'key-set-not-understood': 'its crit names a member that this server does not know',
  'key-set-issuer': 'its iss must be the name of this vendor, the issuer of this deployment',
  'key-set-gap': 'its version must be the one after the newest published key set',
  'key-set-signatures': 'too few root keys of this set, or of the newest published one, signed it',
};

/** @returns a sentence for the problem document that names the rule which the key set breaks. */
export function formatKeySetFault(fault: KeySetFault): string {
  return `The key set was refused: ${MESSAGES[fault]}.`;
}
