import { readTrust, type Trust, type TrustAnchor } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';

/** Verifies the vendor's keys that a protected program brings. @throws ContainerError `trust` */
export async function anchorOf(trust: Trust): Promise<TrustAnchor> {
  const read = await readTrust(trust);
  if (read.ok) return read.anchor;
  throw new ContainerError('trust', `The vendor's keys that the program brings cannot be used: ${read.why}.`);
}
