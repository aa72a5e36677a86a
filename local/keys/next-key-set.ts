/** The payload of the key set after the newest one. Pure: it neither signs nor publishes. */
import type { KeySetPayload, KeyWithId } from '../../protocol/index.ts';

/** The keys that a change leaves as they are stay in their order. */
export interface KeyChange {
  readonly update?: readonly KeyWithId[];
  readonly root?: KeySetPayload['root'];
}

/** @param nowSeconds seconds since 1970 */
export function nextKeySet(newest: KeySetPayload, { update, root }: KeyChange, nowSeconds: number): KeySetPayload {
  return {
    iss: newest.iss,
    version: newest.version + 1,
    iat: Math.max(nowSeconds, newest.iat),
    root: root ?? newest.root,
    update: update ?? newest.update,
  };
}

/** The root keys with `added` in the place of the key `kid`. */
export function withRootReplaced(
  { threshold, keys }: KeySetPayload['root'],
  kid: string,
  added: KeyWithId,
): KeySetPayload['root'] {
  return { threshold, keys: keys.map((key) => (key.kid === kid ? added : key)) };
}

/** The root keys without the key `kid`; `undefined` if the others are fewer than the threshold. */
export function withoutRoot(
  { threshold, keys }: KeySetPayload['root'],
  kid: string,
): KeySetPayload['root'] | undefined {
  const others = keys.filter((key) => key.kid !== kid);
  return new Set(others.map(({ x }) => x)).size < threshold ? undefined : { threshold, keys: others };
}

/** The keys of `own` that no key set has ever listed: prepared for a rotation that did not finish, or by hand. */
export function unpublished(
  own: readonly KeyWithId[],
  keySets: readonly KeySetPayload[],
  listed: (keySet: KeySetPayload) => readonly KeyWithId[],
): KeyWithId[] {
  const known = new Set(keySets.flatMap((keySet) => listed(keySet).map(({ x }) => x)));
  return own.filter(({ x }) => !known.has(x));
}
