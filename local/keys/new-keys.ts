/** The keys of the next key set. A new private key is stored before anything is published. */
import type { KeyWithId } from '../../protocol/index.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { CommandError } from './command-error.ts';
import type { PublishedKeySet } from './key-server.ts';
import { unpublished } from './next-key-set.ts';
import { findKey, missingRoots, type Place, type Session } from './session.ts';

/** Checks that a change can be signed before a new private key is made for it. */
export async function requireRoots(place: Place, newest: PublishedKeySet): Promise<void> {
  const signers = new Set((await place.roots.publicKeys()).map(({ x }) => x));
  const able = new Set(newest.root.keys.map(({ x }) => x).filter((x) => signers.has(x)));
  if (able.size < newest.root.threshold) throw new CommandError(missingRoots(place, newest));
}

/** The update keys of the next key set. A new private key is stored when this returns. */
export async function newUpdateKeys(
  session: Session,
  { updateFile }: Place,
  keySets: readonly PublishedKeySet[],
  inKms: readonly string[],
  to: string | undefined,
): Promise<readonly KeyWithId[]> {
  if (updateFile === undefined) {
    if (to !== undefined) throw new UsageError('--to is for npm start. Name the key in KMS: --update-key KMS-KEY');
    return keysInKms(session, inKms);
  }
  if (inKms.length > 0)
    throw new UsageError('--update-key is for a deployed server. npm start has its keys in signing-keys.json.');
  const own = (await updateFile.publicKeys()) ?? [];
  if (to !== undefined) {
    const found = findKey(own, to);
    if (found === undefined) throw new CommandError(`${updateFile.path} has no key ${to}.`);
    return [found];
  }
  const [prepared] = unpublished(own, keySets, ({ update }) => update);
  return [prepared ?? (await updateFile.add())];
}

export async function keysInKms({ kms }: Session, keyIds: readonly string[]): Promise<readonly KeyWithId[]> {
  if (keyIds.length === 0) throw new UsageError('Name the update key in KMS: --update-key KMS-KEY');
  return kms(keyIds).publicKeys();
}

/** The new root key of the next key set. Its private key is stored when this returns. */
export async function newRootKey(
  { kms }: Session,
  { rootFiles: [file] }: Place,
  keySets: readonly PublishedKeySet[],
  inKms: string | undefined,
): Promise<KeyWithId> {
  const [added] = inKms === undefined ? [] : await kms([inKms]).publicKeys();
  if (added !== undefined) return added;
  if (file === undefined) throw new UsageError('Name the new root key in KMS: --new-root-key KMS-KEY');
  const [prepared] = unpublished((await file.publicKeys()) ?? [], keySets, ({ root }) => root.keys);
  return prepared ?? file.add();
}
