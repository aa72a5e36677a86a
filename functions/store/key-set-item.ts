import * as z from 'zod/mini';
import { defined } from '../../domain/defined.ts';
import type { Actor, Author } from '../../domain/history.ts';
import { type KeySet, readKeySet } from '../../protocol/index.ts';
import type { Dependencies } from '../dependencies.ts';
import { newEventId } from './event-id.ts';
import { type HistoryEvent, membersOfActor } from './history-items.ts';
import { author } from './item-schemas.ts';
import { KEY_SETS, keySetKey } from './keys.ts';
import { getItem, type Page, queryPage, queryRange, type RawItem } from './queries.ts';
import { putNew, type Write } from './transactions.ts';

const keySetItem = z.object({
  version: z.int(),
  jws: z.array(z.string()),
  publishedAt: z.string(),
  eventId: z.string(),
  actor: z.enum(['vendor', 'system']),
  by: z.exactOptional(author),
});

/** The names of a key set's members. */
export const KEY_SET_MEMBERS: readonly string[] = Object.keys(keySetItem.shape);

/** A key set of the table, and who published it when. */
export interface PublishedKeySet {
  readonly keySet: KeySet;
  readonly publishedAt: string;
  readonly actor: 'vendor' | 'system';
  readonly by?: Author;
}

/** Reads a stored key set. Its signatures were verified before it was stored. */
function parseKeySet(item: RawItem): PublishedKeySet {
  const { version, jws, publishedAt, actor, by } = keySetItem.parse(item);
  const read = readKeySet({ jws });
  if (!read.ok || read.keySet.version !== version) throw new Error(`Key set ${version} in the table is damaged`);
  return defined({ keySet: read.keySet, publishedAt, actor, by });
}

const ALL = { pk: KEY_SETS, from: keySetKey(1).sk, to: keySetKey(9_999_999_999).sk };

/** All published key sets, in the order of their versions. One query. */
export async function loadKeySets(dependencies: Pick<Dependencies, 'documents' | 'tableName'>): Promise<KeySet[]> {
  const items = await queryRange(dependencies, ALL);
  return items.map((item) => parseKeySet(item).keySet);
}

/** The published key set of this version. @throws Error if the table lacks it */
export async function getKeySet(dependencies: Dependencies, version: number): Promise<PublishedKeySet> {
  const item = await getItem(dependencies, keySetKey(version));
  if (item === undefined) throw new Error(`Key set ${version} is not in the table`);
  return parseKeySet(item);
}

/** A page of the published key sets, in the order of their versions. */
export async function pageOfKeySets(
  dependencies: Dependencies,
  limit: number,
  cursor: string | undefined,
): Promise<Page<PublishedKeySet>> {
  const after = cursor === undefined ? undefined : z.string().parse(JSON.parse(cursor));
  const { items, next } = await queryPage(dependencies, ALL, limit, after);
  return defined({ items: items.map(parseKeySet), next: next === undefined ? undefined : JSON.stringify(next) });
}

/** The item of a key set, which is also the event `key-set.published`. The write is refused if the table has this version. */
export function putKeySet(
  dependencies: Dependencies,
  { keySet: { version, signed }, publishedAt, actor }: { keySet: KeySet; publishedAt: string; actor: Actor },
): Write {
  const eventId = newEventId(dependencies);
  const item = { version, jws: [...signed.jws], publishedAt, eventId, ...membersOfActor(actor) };
  return putNew(dependencies, keySetKey(version), item);
}

/** The event of a key set's item. */
export function eventOfKeySet(item: RawItem): HistoryEvent {
  const { eventId: id, version: keySet, publishedAt: at, actor, by } = keySetItem.parse(item);
  return defined({ id, type: 'key-set.published' as const, at, actor, by, keySet });
}
