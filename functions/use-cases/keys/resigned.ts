import { type KeySet, signingInputAgain, verifyUpdateJws } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { commit } from '../../store/transactions.ts';
import { loadUpdate, replaceSignature, type StoredUpdate } from '../../store/update-item.ts';
import { newestKeySet } from './newest-key-set.ts';
import { signStatement } from './sign-statement.ts';

/**
 * The updates of a container, each signed by a key of the newest key set (K3). An update whose key left the set is signed again:
 * the same payload, and its operations stay. The new signature is stored, so that later answers have the same bytes (T4).
 */
export async function resigned(
  dependencies: Dependencies,
  serial: string,
  updates: readonly StoredUpdate[],
): Promise<readonly StoredUpdate[]> {
  if (updates.length === 0) return updates;
  const stale = await staleAmong(updates, await newestKeySet(dependencies));
  if (stale.size === 0) return updates;
  // The key may be of a set that another instance published a moment ago.
  const newest = await newestKeySet(dependencies, Number.POSITIVE_INFINITY);
  const revoked = await staleAmong([...stale], newest);
  return Promise.all(
    updates.map((update) => (revoked.has(update) ? signAgain(dependencies, serial, update, newest) : update)),
  );
}

async function staleAmong(updates: readonly StoredUpdate[], keySet: KeySet): Promise<Set<StoredUpdate>> {
  const isStale = await Promise.all(updates.map(async ({ jws }) => !(await isCurrent(jws, keySet))));
  return new Set(updates.filter((_, index) => isStale[index]));
}

async function isCurrent(jws: string, { update }: KeySet): Promise<boolean> {
  return (await verifyUpdateJws(jws, update)).ok;
}

async function signAgain(
  dependencies: Dependencies,
  serial: string,
  update: StoredUpdate,
  newest: KeySet,
): Promise<StoredUpdate> {
  const jws = await signStatement(dependencies, newest.version, ({ kid }) => signingInputAgain(update.jws, kid));
  const write = replaceSignature(dependencies, serial, update, jws);
  if ((await commit(dependencies, [write])) === 'committed') return { ...update, jws };
  // Another answer signed it meanwhile, perhaps with another key of the set.
  const stored = await loadUpdate(dependencies, serial, update.counter);
  return stored !== undefined && (await isCurrent(stored.jws, newest)) ? stored : { ...update, jws };
}
