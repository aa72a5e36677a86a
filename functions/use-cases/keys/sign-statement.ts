import * as z from 'zod/mini';
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
  const owned = new Map(own.map(({ x, kid }) => [x, kid]));
  const key = update.find(({ x }) => owned.has(x));
  if (key === undefined) {
    throw new Error(
      `The signer has none of the update keys of key set ${version}: restore them, or rotate the update key`,
    );
  }
  const input = inputOf({ iss, kid: key.kid });
  // The key set may name the key differently.
  const kidOfSigner = owned.get(key.x) ?? key.kid;
  return assembleJws(input, await dependencies.signer.sign(kidOfSigner, new TextEncoder().encode(input)));
}

/** `iat` of a statement that is made at this time (RFC 3339): seconds since 1970. */
export function statementTime(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}

const statementHeader = z.object({ kid: z.string() });

/** `kid` of the key that signed a statement of this server. @throws Error if the text is not a statement. */
export function signerOf(jws: string): string {
  const [header = ''] = jws.split('.', 1);
  const { kid } = statementHeader.parse(JSON.parse(Buffer.from(header, 'base64url').toString()));
  return kid;
}
