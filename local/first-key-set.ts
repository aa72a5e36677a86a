import type { Dependencies, Signer } from '../functions/dependencies.ts';
import { publishKeySet } from '../functions/use-cases/keys/publish-key-set.ts';
import { assembleJws, type KeySetPayload, keySetSigningInput, type SignedKeySet } from '../protocol/index.ts';
import { StartError } from './start-error.ts';

/**
 * Publishes key set 1 if the table has none: the root key signs it, and it names the signing key of this home. Otherwise it warns
 * when the signer has no key of the newest set, so that no update could be signed.
 */
export async function ensureFirstKeySet(
  dependencies: Dependencies,
  root: Signer,
  notify: (message: string) => void,
): Promise<void> {
  const newest = (await dependencies.keySets.all()).at(-1);
  const own = await dependencies.signer.publicKeys();
  if (newest === undefined) {
    const payload: KeySetPayload = {
      iss: dependencies.issuer,
      version: 1,
      iat: Math.floor(dependencies.now().getTime() / 1000),
      root: { threshold: 1, keys: await root.publicKeys() },
      update: own.slice(0, 1),
    };
    const published = await publishKeySet(dependencies, await signKeySet(payload, root));
    if (published.kind === 'refused') throw new Error(`Bug: the first key set is refused: ${published.fault}`);
    return;
  }
  const owned = new Set(own.map(({ x }) => x));
  if (!newest.update.some(({ x }) => owned.has(x))) {
    notify(
      `No container will accept an update: signing-keys.json has no key of key set ${newest.version}. Restore the file, or ` +
        'publish a new key: npm run keys -- rotate-update',
    );
  }
}

/** Signs a key set with every key of `root` that the set lists. */
export async function signKeySet(payload: KeySetPayload, root: Signer): Promise<SignedKeySet> {
  const jws: string[] = [];
  for (const { kid } of await root.publicKeys()) {
    if (!payload.root.keys.some((key) => key.kid === kid)) continue;
    const input = keySetSigningInput({ kid, payload });
    jws.push(assembleJws(input, await root.sign(kid, new TextEncoder().encode(input))));
  }
  if (jws.length === 0)
    throw new StartError('No root key of the key set is in root-keys.json.', { code: 'home-unusable' });
  return { jws };
}
