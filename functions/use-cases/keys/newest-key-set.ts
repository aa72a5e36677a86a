import type { KeySet } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * The newest published key set.
 *
 * @param version of a set that the caller has seen: the result is not older
 * @throws Error if no key set is published
 */
export async function newestKeySet({ keySets }: Dependencies, version?: number): Promise<KeySet> {
  const newest = (await keySets.all(version)).at(-1);
  if (newest === undefined) throw new Error('No key set is published: publish the first one, see docs/deploy.md');
  return newest;
}

/** The key sets that a container lacks which holds `version` as its newest one, in order (K2). */
export async function missingKeySets({ keySets }: Dependencies, version: number): Promise<readonly KeySet[]> {
  return (await keySets.all(version)).filter((keySet) => keySet.version > version);
}
