import { base64url, compactVerify, importJWK, type JWK } from 'jose';
import { decodeBase64url, isCanonicalSignature, isSmallOrderPoint } from './ed25519.ts';
import { parseJson } from './parse-json.ts';

/** The `alg` of every message that this program signs (RFC 9864). */
export const ALGORITHM = 'Ed25519';

/** The names of the one algorithm: RFC 8037 calls it `EdDSA`. A message never chooses another one. */
const ALGORITHM_NAMES: readonly unknown[] = [ALGORITHM, 'EdDSA'];

/** The largest signing input in bytes: with Ed25519, AWS KMS signs at most 4,096. */
export const MAX_SIGNED_BYTES = 4096;
/** The longest compact JWS in characters: the signing input, a dot, and the 86 characters of the signature. */
export const MAX_JWS_LENGTH = MAX_SIGNED_BYTES + 1 + 86;
/** Levels of nesting in a header or a payload. The protocol itself uses 4. */
export const MAX_SIGNED_DEPTH = 8;

/** The decoded header and payload of a compact JWS whose signature is not verified yet. */
export interface UnverifiedJws {
  readonly header: unknown;
  readonly payload: unknown;
}

export type JwsResult =
  | { readonly ok: true; readonly jws: UnverifiedJws }
  | { readonly ok: false; readonly code: 'too-large' | 'malformed' };

/**
 * Decodes a compact JWS more strictly than RFC 7515: canonical base64url, strict JSON, and a signature of 64 bytes with S
 * below the group order. So a signed message has exactly one text. It does not verify the signature, and never throws.
 */
export function splitJws(text: unknown): JwsResult {
  if (typeof text !== 'string') return { ok: false, code: 'malformed' };
  if (text.length > MAX_JWS_LENGTH) return { ok: false, code: 'too-large' };
  const [header, payload, signature, ...rest] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return { ok: false, code: 'malformed' };
  }
  const signatureBytes = decodeBase64url(signature);
  if (signatureBytes === undefined || !isCanonicalSignature(signatureBytes)) return { ok: false, code: 'malformed' };
  const headerJson = decodeJson(header);
  const payloadJson = decodeJson(payload);
  if (!headerJson.ok || !payloadJson.ok) return { ok: false, code: 'malformed' };
  return { ok: true, jws: { header: headerJson.value, payload: payloadJson.value } };
}

function decodeJson(part: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  const bytes = decodeBase64url(part);
  return bytes === undefined
    ? { ok: false }
    : parseJson(bytes, { maxBytes: MAX_SIGNED_BYTES, maxDepth: MAX_SIGNED_DEPTH });
}

/** Whether a header names the protocol's algorithm. */
export function isAlgorithm(alg: unknown): boolean {
  return ALGORITHM_NAMES.includes(alg);
}

/**
 * Whether the private key of `jwk` made the signature of a compact JWS. A signature whose R is a point of small order is
 * never accepted: the platforms differ about it. Never throws.
 */
export async function isSignedBy(text: string, jwk: JWK): Promise<boolean> {
  try {
    const signature = base64url.decode(text.slice(text.lastIndexOf('.') + 1));
    if (isSmallOrderPoint(signature.subarray(0, 32))) return false;
    await compactVerify(text, await importJWK(jwk, ALGORITHM), { algorithms: ALGORITHM_NAMES as string[] });
    return true;
  } catch {
    return false;
  }
}
