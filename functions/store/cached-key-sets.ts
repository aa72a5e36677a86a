import type { KeySet } from '../../protocol/index.ts';
import type { CreateKeySets, KeySets } from '../dependencies.ts';
import { loadKeySets } from './key-set-item.ts';

const MAX_AGE_MILLISECONDS = 60_000;

/** The key sets in a table, kept for a minute. */
export const createKeySets: CreateKeySets = (table, now) => cachedKeySets(() => loadKeySets(table), now);

/**
 * Key sets that are read at most once a minute, so that a contact costs no read for them. A context that names a newer set
 * makes them be read again: the container has seen it, so it is published.
 *
 * @param now milliseconds since 1970
 */
export function cachedKeySets(load: () => Promise<readonly KeySet[]>, now: () => number): KeySets {
  let cached: { readonly keySets: Promise<readonly KeySet[]>; readonly at: number } | undefined;
  const read = (): Promise<readonly KeySet[]> => {
    const keySets = load();
    cached = { keySets, at: now() };
    keySets.then(
      (sets) => {
        // The first set may be published at any moment.
        if (sets.length === 0) cached = undefined;
      },
      () => {
        cached = undefined;
      },
    );
    return keySets;
  };
  return {
    async all(version = 0) {
      const isFresh = cached !== undefined && now() - cached.at < MAX_AGE_MILLISECONDS;
      const keySets = await (isFresh && cached !== undefined ? cached.keySets : read());
      return version > (keySets.at(-1)?.version ?? 0) ? read() : keySets;
    },
    forget() {
      cached = undefined;
    },
  };
}
