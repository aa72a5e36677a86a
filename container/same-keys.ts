import { isObject } from '../protocol/http-client.ts';
import { type KeySet, readKeySet } from '../protocol/index.ts';

/**
 * Whether a server lists the key set that a container holds. If it does not, the container would refuse every update of this
 * server, and nothing must be taken from a ticket.
 *
 * @param listed the answer of `/.well-known/relicense-keys`
 */
export function listsKeySet(listed: unknown, held: KeySet): boolean {
  const keySets = isObject(listed) && Array.isArray(listed.keySets) ? listed.keySets : [];
  return keySets.some((value: unknown) => {
    const read = readKeySet(value);
    return read.ok && read.keySet.version === held.version && payloadOf(read.keySet) === payloadOf(held);
  });
}

/** The signed bytes: the vendor signs a version once. */
function payloadOf({ signed }: KeySet): string | undefined {
  return signed.jws[0]?.split('.')[1];
}
