import * as z from 'zod/mini';
import { type KeySet, readKeySet } from '../../protocol/index.ts';
import type { Dependencies } from '../dependencies.ts';
import { afterPrefix, KEY_SET_PREFIX, keySetKey } from './keys.ts';
import { queryRange, type RawItem } from './queries.ts';
import { putNew, type Write } from './transactions.ts';

const keySetItem = z.object({
  version: z.int(),
  jws: z.array(z.string()),
  publishedAt: z.string(),
});

/** Reads a stored key set. Its signatures were verified before it was stored. */
function parseKeySet(item: RawItem): KeySet {
  const { version, jws } = keySetItem.parse(item);
  const read = readKeySet({ jws });
  if (!read.ok || read.keySet.version !== version) throw new Error(`Key set ${version} in the table is damaged`);
  return read.keySet;
}

/** All published key sets, in the order of their versions. One query. */
export async function loadKeySets(dependencies: Pick<Dependencies, 'documents' | 'tableName'>): Promise<KeySet[]> {
  const { pk, sk } = keySetKey(1);
  const items = await queryRange(dependencies as Dependencies, { pk, from: sk, to: afterPrefix(KEY_SET_PREFIX) });
  return items.map(parseKeySet);
}

/** Stores a key set; refused if the table has one of this version. */
export function putKeySet(dependencies: Dependencies, { version, signed }: KeySet, publishedAt: string): Write {
  return putNew(dependencies, keySetKey(version), { version, jws: [...signed.jws], publishedAt });
}
