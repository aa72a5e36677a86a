export { type Database, openDatabase } from './database.ts';
export { transactionCanceled, UnsupportedByTable, ValidationException } from './errors.ts';
export { createMemoryStorage, type MemoryStorage } from './memory-storage.ts';
export { createSqliteStorage, type FeedRecord, type SqliteStorage } from './sqlite-storage.ts';
export type { ItemChange, Key } from './storage.ts';
export { createTable, type Table } from './table.ts';
export type { Item } from './values.ts';
