/** The table of the embedded runtime: in this process, in one SQLite file or in memory. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { EXPIRY, INDEX_NAME } from '../contract/table.ts';
import {
  createSqliteStorage,
  createTable,
  type Database,
  type ItemChange,
  openDatabase,
  type SqliteStorage,
} from '../table/index.ts';
import { StartError } from './start-error.ts';

export interface LocalTable {
  /** The document client, as far as the functions use it: `send`. */
  readonly documents: DynamoDBDocumentClient;
  /** The file, which also has the executions. */
  readonly database: Database;
  readonly storage: SqliteStorage;
  /** Deletes the items whose time to live has passed, as DynamoDB does within days. */
  deleteExpired(): Promise<void>;
}

export interface LocalTableOptions {
  /** The file; `undefined` for memory. */
  readonly path: string | undefined;
  readonly tableName: string;
  /** The attribute that holds the time to live. */
  readonly expiry: string;
  readonly isFed: (change: ItemChange) => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The file of the separate engine that earlier versions used. */
const EARLIER = 'table.db';
const EXPIRED_AT_ONCE = 1_000;

/** @throws StartError `table-failed` */
export function openLocalTable({ path, tableName, expiry, isFed, now }: LocalTableOptions): LocalTable {
  if (path !== undefined) refuseEarlier(path);
  const database = open(path);
  const storage = createSqliteStorage(database, { isFed, expiry });
  const table = createTable({ tableName, indexName: INDEX_NAME, storage, now });
  const turn = createTurns();
  const documents = {
    send: async (command: unknown) => {
      await turn();
      return table.send(command);
    },
    destroy: () => undefined,
  };
  return {
    documents: documents as unknown as DynamoDBDocumentClient,
    database,
    storage,
    deleteExpired: async () => {
      for (;;) {
        await turn();
        const keys = storage.expired(now() / 1000, EXPIRED_AT_ONCE);
        if (keys.length === 0) return;
        const changes = keys.map((key) => ({ ...key, before: storage.get(key), after: undefined }));
        storage.write(changes, now());
      }
    },
  };
}

/** Work that only calls the table would keep requests waiting: after so long it lets them run. */
const TURN_MILLISECONDS = 3;

/** Lets other events of the process run, if none has for some milliseconds. */
function createTurns(): () => Promise<void> | undefined {
  let since = performance.now();
  let waiting: Promise<void> | undefined;
  return () => {
    if (waiting !== undefined) return waiting;
    if (performance.now() - since < TURN_MILLISECONDS) return undefined;
    waiting = new Promise((resolve) =>
      setImmediate(() => {
        since = performance.now();
        waiting = undefined;
        resolve();
      }),
    );
    return waiting;
  };
}

/** The table of a home that a runtime may be using, for a program beside it. The feed does not list its changes. */
export function openHomeTable(path: string, tableName: string) {
  const { documents, database } = openLocalTable({
    path,
    tableName,
    expiry: EXPIRY,
    isFed: () => false,
    now: Date.now,
  });
  return {
    documents,
    close: async () => {
      await database.durable();
      await database.close();
    },
  };
}

function open(path: string | undefined): Database {
  try {
    return openDatabase(path);
  } catch (error) {
    throw new StartError(`The table in ${path} cannot be opened: ${(error as Error).message}`, {
      code: 'table-failed',
      cause: error,
    });
  }
}

/** @throws StartError if the folder has the table of an earlier version, which this one does not read */
function refuseEarlier(path: string): void {
  const earlier = join(dirname(path), EARLIER);
  if (existsSync(path) || !existsSync(earlier)) return;
  throw new StartError(
    `${earlier} is the table of an earlier version of Relicense, which this one cannot read. Start that version, use ` +
      'another folder (RELICENSE_HOME), or clear the state: npm start -- --reset',
    { code: 'table-failed' },
  );
}
