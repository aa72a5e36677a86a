import { type KeySetFault, readKeySet, verifyKeySet } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putKeySet } from '../../store/key-set-item.ts';
import { commit } from '../../store/transactions.ts';

/** `repeated`: a set with the same signatures is published already. */
export type PublishResult =
  | { readonly kind: 'published' | 'repeated'; readonly version: number }
  | { readonly kind: 'refused'; readonly fault: KeySetFault };

/** Publishes a key set, after it was verified against the newest one (K1). A repeated call changes nothing. */
export async function publishKeySet(dependencies: Dependencies, value: unknown): Promise<PublishResult> {
  dependencies.keySets.forget();
  const published = await dependencies.keySets.all();
  const read = readKeySet(value);
  if (!read.ok) return { kind: 'refused', fault: read.code };
  const { version, signed } = read.keySet;
  const same = published.find((keySet) => keySet.version === version);
  if (same !== undefined) {
    const isSame = JSON.stringify(same.signed) === JSON.stringify(signed);
    return isSame ? { kind: 'repeated', version } : { kind: 'refused', fault: 'key-set-gap' };
  }
  const before = published.at(-1);
  if (before === undefined && version !== 1) return { kind: 'refused', fault: 'key-set-gap' };
  if (read.keySet.iss !== dependencies.issuer) return { kind: 'refused', fault: 'key-set-issuer' };
  const verified = await verifyKeySet(value, before);
  if (!verified.ok) return { kind: 'refused', fault: verified.code };
  const publishedAt = dependencies.now().toISOString();
  const result = await commit(dependencies, [putKeySet(dependencies, verified.keySet, publishedAt)]);
  dependencies.keySets.forget();
  // Another request published a set of this version meanwhile.
  return result === 'committed' ? { kind: 'published', version } : publishKeySet(dependencies, value);
}
