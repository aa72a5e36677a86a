import { BatchGetCommand, GetCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { INDEX_NAME, INDEX_PARTITION_KEY, INDEX_SORT_KEY, PARTITION_KEY, SORT_KEY } from '../../contract/table.ts';
import { defined } from '../../domain/defined.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Key } from './keys.ts';

/** An item as DynamoDB returns it, to be parsed. */
export type RawItem = Record<string, unknown>;

/** DynamoDB's limit on keys in one BatchGetItem. */
const BATCH_GET_KEYS = 100;
const BATCH_ATTEMPTS = 10;

/** Strongly consistent read of one item. */
export async function getItem(dependencies: Dependencies, key: Key): Promise<RawItem | undefined> {
  const { Item } = await dependencies.documents.send(
    new GetCommand({ TableName: dependencies.tableName, Key: { ...key }, ConsistentRead: true }),
  );
  return Item;
}

/** Strongly consistent read of many items, in no particular order. The result omits keys without an item. */
export async function getItems(dependencies: Dependencies, keys: readonly Key[]): Promise<RawItem[]> {
  const distinct = [...new Map(keys.map((key) => [`${key.pk} ${key.sk}`, key])).values()];
  const batches = inBatches(distinct, BATCH_GET_KEYS);
  const found = await Promise.all(batches.map((batch) => getBatch(dependencies, batch)));
  return found.flat();
}

/** Cuts a list into batches of at most `size`, in order. */
export function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size));
  return batches;
}

async function getBatch(dependencies: Dependencies, keys: readonly Key[]): Promise<RawItem[]> {
  const items: RawItem[] = [];
  let wanted: Record<string, unknown>[] = keys.map((key) => ({ pk: key.pk, sk: key.sk }));
  for (let attempt = 0; wanted.length > 0; attempt++) {
    if (attempt === BATCH_ATTEMPTS)
      throw new Error(`DynamoDB left keys unprocessed in each of ${BATCH_ATTEMPTS} attempts`);
    if (attempt > 0) await dependencies.sleep(20 * 2 ** attempt);
    const { Responses, UnprocessedKeys } = await dependencies.documents.send(
      new BatchGetCommand({ RequestItems: { [dependencies.tableName]: { Keys: wanted, ConsistentRead: true } } }),
    );
    items.push(...(Responses?.[dependencies.tableName] ?? []));
    wanted = UnprocessedKeys?.[dependencies.tableName]?.Keys ?? [];
  }
  return items;
}

/** What a read needs. */
type TableAccess = Pick<Dependencies, 'documents' | 'tableName'>;

/** A range of one partition, both ends included. */
export interface Range {
  readonly pk: string;
  readonly from: string;
  readonly to: string;
}

/** Strongly consistent read of a whole range, in the order of its sort keys. */
export async function queryRange(dependencies: TableAccess, range: Range): Promise<RawItem[]> {
  const items: RawItem[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await dependencies.documents.send(
      new QueryCommand({
        ...rangeQuery(dependencies, range),
        ...defined({ ExclusiveStartKey: start }),
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

function rangeQuery(dependencies: TableAccess, range: Range): QueryCommandInput {
  return {
    TableName: dependencies.tableName,
    ConsistentRead: true,
    KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#pk': PARTITION_KEY, '#sk': SORT_KEY },
    ExpressionAttributeValues: { ':pk': range.pk, ':from': range.from, ':to': range.to },
  };
}

/** A page of a sorted list. `next` is the cursor of the page after it; absent on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** The order of a list: `forward` is ascending by the sort keys. */
export type Direction = 'forward' | 'backward';

/** The direction of a list that is sorted by time, as a request names it; the oldest first by default. */
export function directionOf(order: 'newest' | 'oldest' | undefined): Direction {
  return order === 'newest' ? 'backward' : 'forward';
}

/** Compares two sort keys as DynamoDB does, by their bytes in UTF-8: below 0 when `one` comes first in this direction. */
export function compareKeys(one: string, other: string, direction: Direction): number {
  const forward = Buffer.compare(Buffer.from(one), Buffer.from(other));
  return direction === 'forward' ? forward : -forward;
}

/**
 * A page of a range, at most `limit` items, in ascending or descending order of the sort keys. `after` is the sort key of the
 * last item of the page before.
 */
export async function queryPage(
  dependencies: Dependencies,
  range: Range,
  limit: number,
  after: string | undefined,
  direction: Direction = 'forward',
): Promise<Page<RawItem>> {
  const { Items, LastEvaluatedKey } = await dependencies.documents.send(
    new QueryCommand({
      ...rangeQuery(dependencies, range),
      Limit: limit,
      ...(direction === 'backward' ? { ScanIndexForward: false } : {}),
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk: range.pk, sk: after } }),
    }),
  );
  const next = LastEvaluatedKey?.[SORT_KEY];
  return { items: Items ?? [], ...(typeof next === 'string' ? { next } : {}) };
}

/** Milliseconds to wait before each attempt to find one item through the index, which lags milliseconds behind the table. */
const INDEX_LAG_PAUSES = [0, 20, 80] as const;

/** The key of an item in the table, and its sort key in the index. */
export interface IndexEntry extends Key {
  readonly indexSk: string;
}

/** A range of sort keys of the index, both ends included. */
export interface IndexRange {
  readonly from: string;
  readonly to: string;
}

/**
 * A page of one partition of the index, or of a range of it, eventually consistent. `cursor` is opaque to callers.
 */
export async function queryIndex(
  dependencies: Dependencies,
  indexPk: string,
  limit: number,
  cursor: string | undefined,
  direction: Direction = 'forward',
  range?: IndexRange,
): Promise<Page<IndexEntry>> {
  const { Items, LastEvaluatedKey } = await dependencies.documents.send(
    new QueryCommand({
      TableName: dependencies.tableName,
      IndexName: INDEX_NAME,
      ...indexCondition(indexPk, range),
      Limit: limit,
      ...(direction === 'backward' ? { ScanIndexForward: false } : {}),
      ...(cursor === undefined ? {} : { ExclusiveStartKey: startKey(indexPk, cursor) }),
    }),
  );
  const items = (Items ?? []).map((item) => ({
    pk: String(item[PARTITION_KEY]),
    sk: String(item[SORT_KEY]),
    indexSk: String(item[INDEX_SORT_KEY]),
  }));
  if (LastEvaluatedKey === undefined) return { items };
  const { pk, sk, indexSk } = LastEvaluatedKey;
  return { items, next: indexCursor({ pk: String(pk), sk: String(sk), indexSk: String(indexSk) }) };
}

function indexCondition(indexPk: string, range: IndexRange | undefined): Partial<QueryCommandInput> {
  if (range === undefined) {
    return {
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': INDEX_PARTITION_KEY },
      ExpressionAttributeValues: { ':pk': indexPk },
    };
  }
  return {
    KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#pk': INDEX_PARTITION_KEY, '#sk': INDEX_SORT_KEY },
    ExpressionAttributeValues: { ':pk': indexPk, ':from': range.from, ':to': range.to },
  };
}

/** The entry of one partition of the index with this sort key. */
async function queryIndexEntry(
  dependencies: Dependencies,
  indexPk: string,
  indexSk: string,
): Promise<IndexEntry | undefined> {
  const { Items } = await dependencies.documents.send(
    new QueryCommand({
      TableName: dependencies.tableName,
      IndexName: INDEX_NAME,
      KeyConditionExpression: '#pk = :pk AND #sk = :sk',
      ExpressionAttributeNames: { '#pk': INDEX_PARTITION_KEY, '#sk': INDEX_SORT_KEY },
      ExpressionAttributeValues: { ':pk': indexPk, ':sk': indexSk },
      Limit: 1,
    }),
  );
  const [item] = Items ?? [];
  return item === undefined ? undefined : { pk: String(item[PARTITION_KEY]), sk: String(item[SORT_KEY]), indexSk };
}

/** Finds one item through the index. Retries for 100 milliseconds, because the index can lag behind the table. */
export async function findIndexed(
  dependencies: Dependencies,
  indexPk: string,
  indexSk: string,
): Promise<RawItem | undefined> {
  for (const pauseMilliseconds of INDEX_LAG_PAUSES) {
    if (pauseMilliseconds > 0) await dependencies.sleep(pauseMilliseconds);
    const entry = await queryIndexEntry(dependencies, indexPk, indexSk);
    const [item] = entry === undefined ? [] : await getIndexed(dependencies, [entry]);
    if (item !== undefined) return item;
  }
  return undefined;
}

/** A page of the items that one partition of the index lists, parsed. */
export async function pageOfIndexed<Item>(
  dependencies: Dependencies,
  indexPk: string,
  limit: number,
  cursor: string | undefined,
  parse: (item: RawItem) => Item,
  direction: Direction = 'forward',
): Promise<Page<Item>> {
  const page = await queryIndex(dependencies, indexPk, limit, cursor, direction);
  const items = await getIndexed(dependencies, page.items);
  return { ...page, items: items.map((item) => parse(item)) };
}

/** The cursor that continues after an entry of the index. */
export function indexCursor({ pk, sk, indexSk }: IndexEntry): string {
  return JSON.stringify([pk, sk, indexSk]);
}

const indexPosition = z.tuple([z.string(), z.string(), z.string()]);

function startKey(indexPk: string, cursor: string): Record<string, unknown> {
  const [pk, sk, indexSk] = indexPosition.parse(JSON.parse(cursor));
  return { pk, sk, indexPk, indexSk };
}

/** Reads the items of these index entries, in the same order. */
export async function getIndexed(dependencies: Dependencies, entries: readonly Key[]): Promise<RawItem[]> {
  const items = await getItems(dependencies, entries);
  const byKey = new Map(items.map((item) => [`${String(item.pk)} ${String(item.sk)}`, item]));
  return entries.flatMap((entry) => {
    const item = byKey.get(`${entry.pk} ${entry.sk}`);
    return item === undefined ? [] : [item];
  });
}
