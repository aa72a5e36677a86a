/** Items in an SQLite file, with the feed of their changes in the same commits. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';
import type { Database } from './database.ts';
import type { IndexEntry, ItemChange, Key, KeyRange, Storage } from './storage.ts';
import { indexEntryOf } from './storage.ts';
import type { Item } from './values.ts';

/** A change, as the feed lists it. */
export interface FeedRecord {
  /** Ascending, without a meaning for gaps. */
  readonly sequence: number;
  readonly kind: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly key: Key;
  /** The item after the change. */
  readonly after: Item | undefined;
}

export interface SqliteStorage extends Storage {
  /** The oldest records of the feed that are not yet handled. */
  feed(limit: number): FeedRecord[];
  /** Removes the records up to this one from the feed. */
  handled(sequence: number): void;
  /** Called after each commit that added records to the feed. */
  onFeed(listener: () => void): void;
  /** Keys of items whose time to live has passed. @param now seconds since 1970 */
  expired(now: number, limit: number): Key[];
}

export interface SqliteStorageOptions {
  /** Which changes the feed lists. Default: all. */
  readonly isFed?: (change: ItemChange) => boolean;
  /** The attribute that holds the time to live, in seconds since 1970. */
  readonly expiry?: string;
}

/** Beside each text of an item: how it is written. Most items are JSON; those with binary values are not. */
const JSON_FORM = 0;
const BINARY_FORM = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS items (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    item BLOB NOT NULL,
    form INTEGER NOT NULL,
    indexPk TEXT,
    indexSk TEXT,
    expiry INTEGER,
    PRIMARY KEY (pk, sk)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS by_index ON items (indexPk, indexSk, pk, sk) WHERE indexPk IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_expiry ON items (expiry) WHERE expiry IS NOT NULL;
  CREATE TABLE IF NOT EXISTS feed (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    item BLOB,
    form INTEGER NOT NULL
  ) STRICT;
`;

type Row = Readonly<Record<string, unknown>>;

export function createSqliteStorage(
  { sqlite: database, committed }: Database,
  { isFed = () => true, expiry }: SqliteStorageOptions = {},
): SqliteStorage {
  database.exec(SCHEMA);
  const one = database.prepare('SELECT item, form FROM items WHERE pk = ? AND sk = ?');
  const put = database.prepare(
    `INSERT INTO items (pk, sk, item, form, indexPk, indexSk, expiry) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (pk, sk) DO UPDATE SET item = excluded.item, form = excluded.form, indexPk = excluded.indexPk,
       indexSk = excluded.indexSk, expiry = excluded.expiry`,
  );
  const remove = database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?');
  const append = database.prepare('INSERT INTO feed (kind, at, pk, sk, item, form) VALUES (?, ?, ?, ?, ?, ?)');
  const oldest = database.prepare('SELECT * FROM feed ORDER BY sequence LIMIT ?');
  const forget = database.prepare('DELETE FROM feed WHERE sequence <= ?');
  const passed = database.prepare('SELECT pk, sk FROM items WHERE expiry < ? ORDER BY expiry LIMIT ?');
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const queries = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const prepared = (sql: string): ReturnType<DatabaseSync['prepare']> => {
    const known = queries.get(sql);
    if (known !== undefined) return known;
    const query = database.prepare(sql);
    queries.set(sql, query);
    return query;
  };
  const listeners: (() => void)[] = [];

  const writeOne = (change: ItemChange, at: number): boolean => {
    const { pk, sk, before, after } = change;
    const text = after === undefined ? undefined : textOf(after);
    if (after === undefined || text === undefined) remove.run(pk, sk);
    else {
      const entry = indexEntryOf(after);
      const end = expiry === undefined ? undefined : after[expiry];
      const ends = typeof end === 'number' ? Math.floor(end) : null;
      put.run(pk, sk, text.item, text.form, entry?.indexPk ?? null, entry?.indexSk ?? null, ends);
    }
    if (!isFed(change)) return false;
    const kind = after === undefined ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY';
    append.run(kind, at, pk, sk, text?.item ?? null, text?.form ?? JSON_FORM);
    return true;
  };

  return {
    get: ({ pk, sk }) => {
      const row = one.get(pk, sk);
      return row === undefined ? undefined : itemOf(row);
    },
    *range(pk, range, after) {
      const { sql, values } = conditionsOf('sk', range, after === undefined ? [] : [['sk', after]]);
      const direction = range.isForward ? 'ASC' : 'DESC';
      const query = prepared(`SELECT item, form FROM items WHERE pk = ?${sql} ORDER BY sk ${direction}`);
      for (const row of query.iterate(pk, ...values)) yield itemOf(row);
    },
    *indexRange(indexPk, range, after) {
      const start =
        after === undefined
          ? []
          : [['indexSk', after.indexSk] as const, ['pk', after.pk] as const, ['sk', after.sk] as const];
      const { sql, values } = conditionsOf('indexSk', range, start);
      const direction = range.isForward ? 'ASC' : 'DESC';
      const query = prepared(
        `SELECT indexPk, indexSk, pk, sk FROM items WHERE indexPk = ?${sql}
         ORDER BY indexSk ${direction}, pk ${direction}, sk ${direction}`,
      );
      for (const row of query.iterate(indexPk, ...values)) yield { ...row } as unknown as IndexEntry;
    },
    *scan(after) {
      const query = prepared('SELECT item, form FROM items WHERE (pk, sk) > (?, ?) ORDER BY pk, sk');
      for (const row of query.iterate(after?.pk ?? '', after?.sk ?? '')) yield itemOf(row);
    },
    write: (changes, at) => {
      let isFeed = false;
      begin.run();
      try {
        for (const change of changes) isFeed = writeOne(change, at) || isFeed;
        commit.run();
        committed();
      } catch (error) {
        rollback.run();
        throw error;
      }
      if (isFeed) for (const listener of listeners) listener();
    },
    feed: (limit) => oldest.all(limit).map(recordOf),
    handled: (sequence) => void forget.run(sequence),
    onFeed: (listener) => void listeners.push(listener),
    expired: (now, limit) =>
      passed.all(Math.floor(now), limit).map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
  };
}

/** The conditions of a range. The texts are compared by their bytes in UTF-8, as DynamoDB does. */
function conditionsOf(
  sortKey: string,
  { from, to, isForward }: KeyRange,
  after: readonly (readonly [string, string])[],
): { readonly sql: string; readonly values: SQLInputValue[] } {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (from !== undefined) {
    conditions.push(`${sortKey} >= ?`);
    values.push(from);
  }
  if (to !== undefined) {
    conditions.push(`${sortKey} <= ?`);
    values.push(to);
  }
  if (after.length > 0) {
    const names = after.map(([name]) => name).join(', ');
    conditions.push(`(${names}) ${isForward ? '>' : '<'} (${after.map(() => '?').join(', ')})`);
    values.push(...after.map(([, value]) => value));
  }
  return { sql: conditions.map((condition) => ` AND ${condition}`).join(''), values };
}

function textOf(item: Item): { readonly item: Uint8Array; readonly form: number } {
  return hasBinary(item)
    ? { item: serialize(item), form: BINARY_FORM }
    : { item: Buffer.from(JSON.stringify(item)), form: JSON_FORM };
}

function hasBinary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Uint8Array || Object.values(value).some(hasBinary);
}

function itemOf({ item, form }: Row): Item {
  const bytes = item as Uint8Array;
  if (form === JSON_FORM)
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  return deserialize(bytes) as Item;
}

function recordOf(row: Row): FeedRecord {
  const { sequence, kind, at, pk, sk, item } = row;
  return {
    sequence: Number(sequence),
    kind: kind as FeedRecord['kind'],
    at: Number(at),
    key: { pk: String(pk), sk: String(sk) },
    after: item === null ? undefined : itemOf(row),
  };
}
