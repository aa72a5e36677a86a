import type { Dependencies, Signer } from '../functions/dependencies.ts';
import { publishKeySet } from '../functions/use-cases/keys/publish-key-set.ts';
import type { KeySetPayload } from '../protocol/index.ts';
import { signKeySet } from './sign-key-set.ts';

/**
 * Publishes key set 1 if the table has none: the root key signs it, and it names the signing key of this home. Otherwise it warns
 * when the signer has no key of the newest set, so that no update could be signed.
 *
 * @param openRoot opens the root keys, or creates one. It is called only for key set 1: later the file can be kept elsewhere
 */
export async function ensureFirstKeySet(
  dependencies: Dependencies,
  openRoot: () => Promise<Signer>,
  notify: (message: string) => void,
): Promise<void> {
  const newest = (await dependencies.keySets.all()).at(-1);
  const own = await dependencies.signer.publicKeys();
  if (newest === undefined) {
    const root = await openRoot();
    const payload: KeySetPayload = {
      iss: dependencies.issuer,
      version: 1,
      iat: Math.floor(dependencies.now().getTime() / 1000),
      root: { threshold: 1, keys: (await root.publicKeys()).slice(0, 1) },
      update: own.slice(0, 1),
    };
    const published = await publishKeySet(dependencies, { kind: 'system' }, await signKeySet(payload, root));
    if (published.kind === 'refused') throw new Error(`Bug: the first key set is refused: ${published.fault}`);
    return;
  }
  const owned = new Set(own.map(({ x }) => x));
  if (!newest.update.some(({ x }) => owned.has(x))) {
    notify(
      `No update can be signed: signing-keys.json has no key of key set ${newest.version}. Restore the file of the time when ` +
        'this key set was published, or publish a key set with a key of this file: npm run keys -- rotate-update',
    );
  }
}
