/** Items in the memory of this process, for tests and simulations. */
import { type IndexEntry, type ItemChange, indexEntryOf, type Key, type KeyRange, type Storage } from './storage.ts';
import { compareTexts, type Item } from './values.ts';

export interface MemoryStorage extends Storage {
  /** Called after every commit. */
  onCommit(listener: (changes: readonly ItemChange[]) => void): void;
  /** The items of a partition, in the order of their sort keys. */
  partition(pk: string): Item[];
  all(): Item[];
  /** The number of commits. */
  commits(): number;
}

interface Partition {
  readonly items: Map<string, Item>;
  readonly sorted: string[];
}

export function createMemoryStorage(): MemoryStorage {
  const partitions = new Map<string, Partition>();
  const index = new Map<string, IndexEntry[]>();
  const listeners: ((changes: readonly ItemChange[]) => void)[] = [];
  let commits = 0;

  const write = ({ pk, sk, before, after }: ItemChange): void => {
    let partition = partitions.get(pk);
    if (partition === undefined) {
      partition = { items: new Map(), sorted: [] };
      partitions.set(pk, partition);
    }
    const left = indexEntryOf(before);
    if (left !== undefined) remove(index, left);
    if (after === undefined) {
      if (before !== undefined) partition.sorted.splice(position(partition.sorted, sk, compareTexts), 1);
      partition.items.delete(sk);
      return;
    }
    if (before === undefined) partition.sorted.splice(position(partition.sorted, sk, compareTexts), 0, sk);
    partition.items.set(sk, after);
    const entry = indexEntryOf(after);
    if (entry !== undefined) add(index, entry);
  };

  return {
    get: ({ pk, sk }) => partitions.get(pk)?.items.get(sk),
    *range(pk, range, after) {
      const partition = partitions.get(pk);
      if (partition === undefined) return;
      for (const sk of inRange(partition.sorted, range, after, compareTexts, (key) => key)) {
        const item = partition.items.get(sk);
        if (item !== undefined) yield item;
      }
    },
    indexRange: (indexPk, range, after) =>
      inRange(index.get(indexPk) ?? [], range, after, compareEntries, ({ indexSk }) => indexSk),
    *scan(after) {
      let isPast = after === undefined;
      for (const [pk, { sorted, items }] of partitions) {
        for (const sk of sorted) {
          const item = items.get(sk);
          if (isPast && item !== undefined) yield item;
          if (pk === after?.pk && sk === after.sk) isPast = true;
        }
      }
    },
    write: (changes) => {
      for (const change of changes) write(change);
      commits += 1;
      for (const listener of listeners) listener(changes);
    },
    onCommit: (listener) => void listeners.push(listener),
    partition: (pk) => {
      const partition = partitions.get(pk);
      return partition?.sorted.map((sk) => partition.items.get(sk) ?? {}) ?? [];
    },
    all: () => [...partitions.values()].flatMap(({ items }) => [...items.values()]),
    commits: () => commits,
  };
}

type Compare<One> = (one: One, other: One) => number;

/** The index of `wanted` in a sorted list, or where it would be inserted. */
function position<One>(sorted: readonly One[], wanted: One, compare: Compare<One>): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle] as One, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function* inRange<One>(
  sorted: readonly One[],
  { from, to, isForward }: KeyRange,
  after: One | undefined,
  compare: Compare<One>,
  keyOf: (one: One) => string,
): Generator<One> {
  // Only keys are compared here, so their list is searched as if it had keys alone.
  const isBelow = (one: One) => from !== undefined && compareTexts(keyOf(one), from) < 0;
  const isAbove = (one: One) => to !== undefined && compareTexts(keyOf(one), to) > 0;
  const first = after === undefined ? undefined : position(sorted, after, compare);
  if (isForward) {
    let start = firstOf(sorted, (one) => !isBelow(one));
    if (after !== undefined && first !== undefined) {
      const found = sorted[first];
      start = Math.max(start, found !== undefined && compare(found, after) === 0 ? first + 1 : first);
    }
    for (let at = start; at < sorted.length; at++) {
      const one = sorted[at] as One;
      if (isAbove(one)) return;
      yield one;
    }
    return;
  }
  let start = firstOf(sorted, isAbove) - 1;
  if (first !== undefined) start = Math.min(start, first - 1);
  for (let at = start; at >= 0; at--) {
    const one = sorted[at] as One;
    if (isBelow(one)) return;
    yield one;
  }
}

/** The index of the first member that is so, in a list in which all members after it are so, too. */
function firstOf<One>(sorted: readonly One[], isSo: (one: One) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(sorted[middle] as One)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function compareEntries(one: IndexEntry, other: IndexEntry): number {
  return compareTexts(one.indexSk, other.indexSk) || compareKeys(one, other);
}

function compareKeys(one: Key, other: Key): number {
  return compareTexts(one.pk, other.pk) || compareTexts(one.sk, other.sk);
}

function add(index: Map<string, IndexEntry[]>, entry: IndexEntry): void {
  const entries = index.get(entry.indexPk);
  if (entries === undefined) index.set(entry.indexPk, [entry]);
  else entries.splice(position(entries, entry, compareEntries), 0, entry);
}

function remove(index: Map<string, IndexEntry[]>, entry: IndexEntry): void {
  const entries = index.get(entry.indexPk) ?? [];
  const at = position(entries, entry, compareEntries);
  if (entries[at] !== undefined && compareEntries(entries[at], entry) === 0) entries.splice(at, 1);
}
