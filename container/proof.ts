import { type KeySet, type Position, verifyLease, verifyUpdateJws } from '../protocol/index.ts';
import { contentDigest } from './content-digest.ts';
import type { ContainerState } from './store.ts';

/** A statement of the vendor that the container is at its present place: its last update, or its last lease. */
export interface Proof {
  readonly by: 'update' | 'lease';
  /** The key that signed it. */
  readonly kid: string;
  /** Seconds since 1970. */
  readonly iat: number;
}

/**
 * The proofs that keys of this key set signed, the newest first. It is empty if the content, the serial or the counter are
 * not those that the vendor signed, or the key is no longer in the key set (K3). It never throws.
 */
export async function proofsOf(
  { content, seal, lease }: Pick<ContainerState, 'content' | 'seal' | 'lease'>,
  serial: string,
  { iss, update: keys }: KeySet,
): Promise<readonly Proof[]> {
  const place: Position = { counter: content.counter, digest: await contentDigest(content) };
  const isHere = ({ counter, digest }: Position) => counter === place.counter && digest === place.digest;
  const isOurs = (one: { readonly iss: string; readonly sub: string }) => one.iss === iss && one.sub === serial;
  const proofs: Proof[] = [];
  if (lease !== undefined) {
    const verified = await verifyLease(lease, keys);
    if (verified.ok && isOurs(verified.payload) && isHere(verified.payload.at))
      proofs.push({ by: 'lease', kid: verified.kid, iat: verified.payload.iat });
  }
  if (seal !== undefined) {
    const verified = await verifyUpdateJws(seal, keys);
    if (verified.ok && isOurs(verified.payload) && isHere(verified.payload.to))
      proofs.push({ by: 'update', kid: verified.kid, iat: verified.payload.iat });
  }
  return proofs.sort((one, other) => other.iat - one.iat);
}
