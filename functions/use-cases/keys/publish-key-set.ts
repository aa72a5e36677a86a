import type { Actor } from '../../../domain/history.ts';
import { type KeySetFault, readKeySet, type SignedKeySet, verifyKeySet } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putKeySet } from '../../store/key-set-item.ts';
import { commit } from '../../store/transactions.ts';

/** `repeated`: a set with the same payload is published already. */
export type PublishResult =
  | { readonly kind: 'published' | 'repeated'; readonly version: number }
  | { readonly kind: 'refused'; readonly fault: KeySetFault };

/**
 * Publishes a key set, after it was verified against the newest one (K1): without enough root keys, nobody can publish a set
 * after the first one. A repeated call changes nothing.
 */
export async function publishKeySet(dependencies: Dependencies, actor: Actor, value: unknown): Promise<PublishResult> {
  dependencies.keySets.forget();
  const published = await dependencies.keySets.all();
  const read = readKeySet(value);
  if (!read.ok) return { kind: 'refused', fault: read.code };
  const { iss, version, signed } = read.keySet;
  const same = published.find((keySet) => keySet.version === version);
  if (same !== undefined) {
    const isSame = payloadOf(same.signed) === payloadOf(signed);
    return isSame ? { kind: 'repeated', version } : { kind: 'refused', fault: 'key-set-gap' };
  }
  if (iss !== dependencies.issuer) return { kind: 'refused', fault: 'key-set-issuer' };
  const before = published.at(-1);
  if (before === undefined && version !== 1) return { kind: 'refused', fault: 'key-set-gap' };
  const verified = await verifyKeySet(value, before);
  if (!verified.ok) return { kind: 'refused', fault: verified.code };
  const publishedAt = dependencies.now().toISOString();
  const write = putKeySet(dependencies, { keySet: verified.keySet, publishedAt, actor });
  const result = await commit(dependencies, [write]);
  dependencies.keySets.forget();
  // Another request published a set of this version meanwhile.
  return result === 'committed' ? { kind: 'published', version } : publishKeySet(dependencies, actor, value);
}

/** The signed payload, as it is written: all signatures of a set have the same one. */
function payloadOf({ jws: [first] }: SignedKeySet): string | undefined {
  return first?.split('.')[1];
}
