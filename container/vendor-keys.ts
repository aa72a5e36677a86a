import type { JWK } from 'jose';
import { hasMembers, isName, isPublicJwk, publicPart, serialOf } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';

/** A vendor's update key, as it is pinned. */
export interface VendorKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
}

const MAX_KEYS = 32;
const MAX_KID_LENGTH = 256;

/**
 * Picks the update keys out of a JWK set (RFC 7517). Keys of other kinds are passed over; a key without `kid` is known by
 * its thumbprint.
 *
 * @throws ContainerError `vendor-keys` when there is none, or two have the same `kid`.
 */
export async function readVendorKeys(set: unknown): Promise<VendorKey[]> {
  const listed: unknown = typeof set === 'object' && set !== null ? Reflect.get(set, 'keys') : undefined;
  if (!Array.isArray(listed) || listed.length > MAX_KEYS) {
    throw new ContainerError('vendor-keys', 'This is no JWK set: {"keys": [...]}.');
  }
  const keys: VendorKey[] = [];
  for (const jwk of listed) {
    if (typeof jwk !== 'object' || jwk === null) continue;
    const { use, alg, kid } = jwk as JWK;
    const key = publicPart(jwk);
    if (!isPublicJwk(key) || (use !== undefined && use !== 'sig') || (alg !== undefined && alg !== 'EdDSA')) continue;
    keys.push({ ...key, kid: typeof kid === 'string' ? kid : await serialOf(key) });
  }
  if (!areVendorKeys(keys)) {
    throw new ContainerError('vendor-keys', 'The JWK set has no usable Ed25519 key, or two with the same kid.');
  }
  return keys;
}

/** Whether a value is a list of pinned keys, and nothing else. */
export function areVendorKeys(value: unknown): value is VendorKey[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_KEYS || !value.every(isVendorKey)) return false;
  return new Set(value.map((key) => key.kid)).size === value.length;
}

function isVendorKey(value: unknown): value is VendorKey {
  if (!hasMembers(value, ['kty', 'crv', 'x', 'kid']) || !isName(value.kid, MAX_KID_LENGTH)) return false;
  const { kty, crv, x } = value;
  return isPublicJwk({ kty, crv, x });
}
