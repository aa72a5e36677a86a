import type { KeySet } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';

/** Every container holds it. An answer without a context has all later key sets. */
export const FIRST_KEY_SET = 1;

/**
 * The newest published key set; `undefined` before the first one is published.
 *
 * @param version of a set that the caller has seen: the result is not older
 */
export async function findNewestKeySet({ keySets }: Dependencies, version?: number): Promise<KeySet | undefined> {
  return (await keySets.all(version)).at(-1);
}

/**
 * The newest published key set, where a request can only arrive after the first one is published.
 *
 * @param version as for {@link findNewestKeySet}
 * @throws Error if no key set is published
 */
export async function newestKeySet(dependencies: Dependencies, version?: number): Promise<KeySet> {
  const newest = await findNewestKeySet(dependencies, version);
  if (newest === undefined) throw new Error('No key set is published: publish the first one, see docs/deploy.md');
  return newest;
}

/** The key sets that a container lacks which holds `version` as its newest one, in order (K2). */
export async function missingKeySets({ keySets }: Dependencies, version: number): Promise<readonly KeySet[]> {
  return (await keySets.all(version)).filter((keySet) => keySet.version > version);
}
