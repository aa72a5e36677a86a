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
    'its payload must have exactly the members iss, jti, iat, counter and digest: iss is the container’s serial, jti has 1 to ' +
    '128 characters, iat and counter are whole numbers of 0 or more, and digest is sha256: with 64 lower-case hex digits',
  serial: 'the iss of its payload must be the serial that its jwk gives: the RFC 7638 SHA-256 thumbprint in base64url',
  signature: 'its signature is not one of its jwk: it was changed after it was signed, or signed with another key',
};

/** @returns a sentence for the problem document that names the rule which the context breaks. */
export function formatContextFault(fault: ContextFault): string {
  return `The context was refused: ${MESSAGES[fault]}.`;
}
