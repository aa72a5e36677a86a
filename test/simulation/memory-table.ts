/** The table of a simulated world: the embedded table over memory, with a look at its items. */
import { INDEX_NAME } from '../../contract/table.ts';
import { createMemoryStorage, createTable, type Item, type ItemChange } from '../../table/index.ts';

export type { Item, ItemChange };

export interface MemoryTable {
  /** Runs one command of the document client. Throws the errors that the real engine would answer with. */
  send(command: unknown): object;
  /** Called after every commit. */
  onCommit(listener: (changes: readonly ItemChange[]) => void): void;
  /** The stored item itself, which callers must not change. */
  get(pk: string, sk: string): Item | undefined;
  /** The items of a partition, in the order of their sort keys, which callers must not change. */
  partition(pk: string): Item[];
  /** Every item, by partition. */
  all(): Item[];
  /** Incremented with each commit that wrote anything. */
  commits(): number;
}

export function createMemoryTable(tableName: string, now: () => number): MemoryTable {
  const storage = createMemoryStorage();
  const table = createTable({ tableName, indexName: INDEX_NAME, storage, now });
  const { onCommit, partition, all, commits } = storage;
  return { send: table.send, onCommit, partition, all, commits, get: (pk, sk) => storage.get({ pk, sk }) };
}
