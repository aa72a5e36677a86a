import { decodeBase64url, hasMembers, isPublicJwk } from '../protocol/index.ts';

/** A container's key pair, private part included. */
export interface PrivateJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

/** Whether a value has the form of a key pair. It does not check that both parts belong together. */
export function isPrivateJwk(value: unknown): value is PrivateJwk {
  if (!hasMembers(value, ['kty', 'crv', 'x', 'd'])) return false;
  const { d, ...publicJwk } = value;
  return isPublicJwk(publicJwk) && typeof d === 'string' && decodeBase64url(d)?.length === 32;
}
