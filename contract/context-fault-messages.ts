import { ALGORITHM, CONTEXT_TYPE, type ContextFault, MAX_JWS_LENGTH } from '../protocol/index.ts';

/** Explains each failed check to the author of a container. `docs/protocol.md` defines the checks. */
const MESSAGES: Readonly<Record<ContextFault, string>> = {
  'too-large': `it is too long: a context has at most ${MAX_JWS_LENGTH} characters`,
  malformed:
    'it must be a compact JWS: three parts of base64url without padding, joined by dots; the first two are JSON objects, the ' +
    'last is an Ed25519 signature of 64 bytes',
  header: 'its protected header must have exactly the members alg, typ and jwk',
  algorithm: `the alg of its header must be ${ALGORITHM}`,
  type: `the typ of its header must be ${CONTEXT_TYPE}`,
  key:
    'the jwk of its header must have exactly the members crv, kty and x of an Ed25519 public key: crv is Ed25519, kty is OKP, ' +
    'and x is the 32 bytes of a usable key in base64url',
  payload:
    'its payload must have exactly the members ver, iss, aud, jti, iat, counter, digest, keys and lease, and may have renew and ' +
    'wish: iss is the container’s serial, aud the vendor, jti has 1 to 128 characters, iat, counter and keys are whole ' +
    'numbers of 0 or more, digest and wish are sha256: with 64 lower-case hex digits, lease is a text, and renew is true',
  serial: 'the iss of its payload must be the serial that its jwk gives: the RFC 7638 SHA-256 thumbprint in base64url',
  audience: 'the aud of its payload must be this vendor, the iss of the key sets',
  keys: 'the keys of its payload must be at most the version of the newest key set',
  wish: 'the wish of its payload must be the digest of the manual actions of this request, and absent without any',
  signature: 'its signature is not one of its jwk: it was changed after it was signed, or signed with another key',
};

/** @returns a sentence for the problem document that names the rule which the context breaks. */
export function formatContextFault(fault: ContextFault): string {
  return `The context was refused: ${MESSAGES[fault]}.`;
}
