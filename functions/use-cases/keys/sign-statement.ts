import { assembleJws } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { newestKeySet } from './newest-key-set.ts';

/**
 * Signs a statement with the first update key of the newest key set whose private key the signer has (K2).
 *
 * @param keys version of a key set that the container has seen: a key of an older set is not used
 * @param inputOf the signing input for the vendor's name and the key's `kid`
 * @returns a compact JWS
 */
export async function signStatement(
  dependencies: Dependencies,
  keys: number,
  inputOf: (by: { readonly iss: string; readonly kid: string }) => string,
): Promise<string> {
  const [{ iss, version, update }, own] = await Promise.all([
    newestKeySet(dependencies, keys),
    dependencies.signer.publicKeys(),
  ]);
  const owned = new Set(own.map(({ x }) => x));
  const key = update.find(({ x }) => owned.has(x));
  if (key === undefined) {
    throw new Error(
      `The signer has none of the update keys of key set ${version}: restore them, or rotate the update key`,
    );
  }
  const input = inputOf({ iss, kid: key.kid });
  return assembleJws(input, await dependencies.signer.sign(key.kid, new TextEncoder().encode(input)));
}
