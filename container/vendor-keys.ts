import type { JWK } from 'jose';
import { hasMembers, isName, isPublicJwk, publicPart, serialOf } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';

/** A pinned update key of the vendor. */
export interface VendorKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
}

const MAX_KEYS = 32;
const MAX_KID_LENGTH = 256;

/**
 * Reads the update keys from a JWK set (RFC 7517). Keys of other kinds are skipped. A key without `kid` gets its thumbprint
 * as `kid`.
 *
 * @throws ContainerError `vendor-keys` when no key is usable, or two keys have the same `kid`.
 */
export async function readVendorKeys(set: unknown): Promise<VendorKey[]> {
  const listed: unknown = typeof set === 'object' && set !== null ? Reflect.get(set, 'keys') : undefined;
  if (!Array.isArray(listed) || listed.length > MAX_KEYS) {
    throw new ContainerError('vendor-keys', `Not a JWK set: it must be {"keys": [...]} with at most ${MAX_KEYS} keys.`);
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
    throw new ContainerError('vendor-keys', 'The JWK set has no usable Ed25519 key, or two keys with the same kid.');
  }
  return keys;
}

/** Whether a value is a list of pinned keys without other members. */
export function areVendorKeys(value: unknown): value is VendorKey[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_KEYS || !value.every(isVendorKey)) return false;
  return new Set(value.map((key) => key.kid)).size === value.length;
}

function isVendorKey(value: unknown): value is VendorKey {
  if (!hasMembers(value, ['kty', 'crv', 'x', 'kid']) || !isName(value.kid, MAX_KID_LENGTH)) return false;
  const { kty, crv, x } = value;
  return isPublicJwk({ kty, crv, x });
}
