/** Where the items are. The commands and expressions are the same over every storage. */
import type { Item } from './values.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** An item's entry in the index, which is sparse and has the keys only. */
export interface IndexEntry extends Key {
  readonly indexPk: string;
  readonly indexSk: string;
}

/** A range of sort keys, both ends included, read from one end on. */
export interface KeyRange {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly isForward: boolean;
}

/** What a write did to one item. */
export interface ItemChange extends Key {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** An iteration is finished before the next call: the caller takes all that it needs at once. */
export interface Storage {
  /** The stored item itself, which callers do not change. */
  get(key: Key): Item | undefined;
  /** The items of a range, in the order of the bytes of their sort keys. `after`: the sort key before the first one. */
  range(pk: string, range: KeyRange, after: string | undefined): Iterable<Item>;
  /** The entries of a range of the index, in the order of the bytes of their sort keys and then of their table keys. */
  indexRange(indexPk: string, range: KeyRange, after: IndexEntry | undefined): Iterable<IndexEntry>;
  /** All items, in no particular order. `after`: the key before the first one. */
  scan(after: Key | undefined): Iterable<Item>;
  /** Makes all changes, or none. */
  write(changes: readonly ItemChange[], at: number): void;
}

/** The entry of an item in the index; `undefined` if it is not in it. */
export function indexEntryOf(item: Item | undefined): IndexEntry | undefined {
  const { pk, sk, indexPk, indexSk } = item ?? {};
  return typeof pk === 'string' && typeof sk === 'string' && typeof indexPk === 'string' && typeof indexSk === 'string'
    ? { indexPk, indexSk, pk, sk }
    : undefined;
}
