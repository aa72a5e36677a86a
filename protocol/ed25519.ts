import { base64url, calculateJwkThumbprint, type JWK } from 'jose';
import { hasMembers } from './members.ts';

/** A public Ed25519 key as RFC 8037 writes it, and nothing else. */
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
 * The y coordinates of the eight points whose order divides 8. For such a key one can make a signature that fits many
 * messages, without any private key.
 */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/** Base64url without padding, without unused bits set: one text for the same bytes. `undefined` when it is not that. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = base64url.decode(text);
  return base64url.encode(bytes) === text ? bytes : undefined;
}

/**
 * Whether a value is exactly `{kty, crv, x}` with a canonically encoded point that is not of small order. Members such as
 * `d` or `kid` are refused: what is signed should be the key, and never more.
 */
export function isPublicJwk(value: unknown): value is PublicJwk {
  if (!hasMembers(value, ['kty', 'crv', 'x'])) return false;
  if (value.kty !== 'OKP' || value.crv !== 'Ed25519' || typeof value.x !== 'string' || value.x.length !== 43)
    return false;
  const bytes = decodeBase64url(value.x);
  if (bytes?.length !== 32) return false;
  const encoded = littleEndian(bytes);
  const y = encoded >= SIGN_BIT ? encoded - SIGN_BIT : encoded;
  // y >= p would be a second encoding of a point; small orders are refused with either sign of x.
  return y < FIELD_PRIME && !SMALL_ORDER_Y.has(y);
}

/** The three members of a public key, without whatever else its JWK carries. The value may still be no key. */
export function publicPart(jwk: JWK): PublicJwk {
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x } as PublicJwk;
}

/**
 * Whether 64 bytes can be a signature of which there is only one form: S below the group order (RFC 8032, section 5.1.7).
 * Platforms check it too, but not every one, and S + L would be a second signature of the same message.
 */
export function isCanonicalSignature(signature: Uint8Array): boolean {
  return signature.length === 64 && littleEndian(signature.subarray(32)) < GROUP_ORDER;
}

/**
 * The serial of a container: the RFC 7638 SHA-256 thumbprint of its public key, base64url, 43 characters.
 *
 * Rejects with a `jose` error when the JWK lacks `kty`, `crv` or `x`.
 *
 * @example
 * await serialOf({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' });
 * // kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k (RFC 8037, appendix A.3)
 */
export function serialOf(jwk: JWK | PublicJwk): Promise<string> {
  return calculateJwkThumbprint(jwk, 'sha256');
}

/** Whether a value has the form of a serial or of a key id: the base64url of 32 bytes. */
export function isThumbprint(value: unknown): value is string {
  return typeof value === 'string' && value.length === 43 && decodeBase64url(value)?.length === 32;
}

function littleEndian(bytes: Uint8Array): bigint {
  let hex = '';
  for (const byte of bytes) hex = byte.toString(16).padStart(2, '0') + hex;
  return BigInt(`0x${hex}`);
}
