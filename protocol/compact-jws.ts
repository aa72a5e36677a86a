import { compactVerify, importJWK, type JWK } from 'jose';
import { decodeBase64url, isCanonicalSignature } from './ed25519.ts';
import { parseJson } from './parse-json.ts';

/** The one algorithm. It is never taken from what a message says of itself. */
export const ALGORITHM = 'EdDSA';

/** Largest JWS of the protocol, in characters: KMS signs at most 4,096 bytes with Ed25519. */
export const MAX_SIGNED_BYTES = 4096;
/** With its signature. */
export const MAX_JWS_LENGTH = MAX_SIGNED_BYTES + 1 + 86;

/** A compact JWS taken apart, nothing of it trusted yet. */
export interface UnverifiedJws {
  readonly header: unknown;
  readonly payload: unknown;
}

export type JwsResult =
  | { readonly ok: true; readonly jws: UnverifiedJws }
  | { readonly ok: false; readonly code: 'too-large' | 'malformed' };

/**
 * Takes a compact JWS apart, more strictly than RFC 7515 asks for: canonical base64url, strict JSON objects, a signature
 * of 64 bytes with S below the group order. So there is one text for one signed message.
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
  return bytes === undefined ? { ok: false } : parseJson(bytes, { maxBytes: MAX_SIGNED_BYTES, maxDepth: 4 });
}

/** Whether the signature of a compact JWS is that of `jwk`. Never throws. */
export async function isSignedBy(text: string, jwk: JWK): Promise<boolean> {
  try {
    await compactVerify(text, await importJWK(jwk, ALGORITHM), { algorithms: [ALGORITHM] });
    return true;
  } catch {
    return false;
  }
}
