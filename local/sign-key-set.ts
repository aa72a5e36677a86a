import type { Signer } from '../functions/dependencies.ts';
import {
  assembleJws,
  type KeySetPayload,
  type KeyWithId,
  keySetSigningInput,
  type SignedKeySet,
} from '../protocol/index.ts';

/**
 * Signs a key set with each root key that a signer has: those of the set itself, and those of the set before it.
 *
 * @returns `undefined` if the signer has none of them
 */
export async function signKeySet(
  payload: KeySetPayload,
  signer: Signer,
  before?: KeySetPayload,
): Promise<SignedKeySet | undefined> {
  const owned = new Map((await signer.publicKeys()).map(({ x, kid }) => [x, kid]));
  const jws: string[] = [];
  for (const { x, kid } of distinctKeys([...(before?.root.keys ?? []), ...payload.root.keys])) {
    const own = owned.get(x);
    if (own === undefined) continue;
    const input = keySetSigningInput({ kid, payload });
    jws.push(assembleJws(input, await signer.sign(own, new TextEncoder().encode(input))));
  }
  return jws.length === 0 ? undefined : { jws };
}

/** A key can be in both sets, perhaps under another kid. */
function distinctKeys(keys: readonly KeyWithId[]): KeyWithId[] {
  return [...new Map(keys.map((key) => [`${key.kid} ${key.x}`, key])).values()];
}
