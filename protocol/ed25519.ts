import { base64url, calculateJwkThumbprint, type JWK } from 'jose';
import { hasMembers } from './members.ts';

/** A public Ed25519 key as a JWK (RFC 8037) without other members. */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** 32 bytes, base64url. */
  readonly x: string;
}

const FIELD_PRIME = 2n ** 255n - 19n;
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SIGN_BIT = 2n ** 255n;

/**
 * The y coordinates of the eight points whose order divides 8. If such a point is the key, anyone can make a signature that
 * fits many messages without a private key.
 */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/** Decodes canonical base64url: no padding, no unused bits set. Returns `undefined` for any other text. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = base64url.decode(text);
  return base64url.encode(bytes) === text ? bytes : undefined;
}

/**
 * Whether a value is exactly `{kty, crv, x}` with a canonically encoded point that is not of small order. It refuses other
 * members, such as `d` or `kid`, so that a header contains the public key only.
 */
export function isPublicJwk(value: unknown): value is PublicJwk {
  if (!hasMembers(value, ['kty', 'crv', 'x'])) return false;
  if (value.kty !== 'OKP' || value.crv !== 'Ed25519' || typeof value.x !== 'string' || value.x.length !== 43)
    return false;
  const bytes = decodeBase64url(value.x);
  if (bytes?.length !== 32) return false;
  // y >= p would be a second encoding of a point.
  return yOf(bytes) < FIELD_PRIME && !isSmallOrderPoint(bytes);
}

/** Whether 32 bytes encode a point whose order divides 8, with either sign of x. */
export function isSmallOrderPoint(bytes: Uint8Array): boolean {
  return SMALL_ORDER_Y.has(yOf(bytes) % FIELD_PRIME);
}

function yOf(bytes: Uint8Array): bigint {
  const encoded = littleEndian(bytes);
  return encoded >= SIGN_BIT ? encoded - SIGN_BIT : encoded;
}

/** Returns only `kty`, `crv` and `x` of a JWK. It does not check that they are a key: `isPublicJwk` does. */
export function publicPart(jwk: JWK): PublicJwk {
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x } as PublicJwk;
}

/**
 * Whether a signature is 64 bytes with S below the group order L (RFC 8032, section 5.1.7). Otherwise S + L would be a second
 * signature of the same message. Not every platform checks this.
 */
export function isCanonicalSignature(signature: Uint8Array): boolean {
  return signature.length === 64 && littleEndian(signature.subarray(32)) < GROUP_ORDER;
}

/**
 * Returns the serial of a container: the RFC 7638 SHA-256 thumbprint of its public key, 43 characters of base64url. It
 * rejects with a `jose` error if the JWK lacks `kty`, `crv` or `x`.
 *
 * @example
 * await serialOf({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' });
 * // kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k (RFC 8037, appendix A.3)
 */
export function serialOf(jwk: JWK | PublicJwk): Promise<string> {
  return calculateJwkThumbprint(jwk, 'sha256');
}

/** Whether a value is the canonical base64url of 32 bytes, as serials and key ids are. */
export function isThumbprint(value: unknown): value is string {
  return typeof value === 'string' && value.length === 43 && decodeBase64url(value)?.length === 32;
}

function littleEndian(bytes: Uint8Array): bigint {
  let hex = '';
  for (const byte of bytes) hex = byte.toString(16).padStart(2, '0') + hex;
  return BigInt(`0x${hex}`);
}
