/**
 * An SQLite file whose commits do not wait for the disk. `durable` resolves when everything that was committed before is on the
 * disk: commits that wait at the same time share one `fsync`, which no thread of JavaScript waits for.
 *
 * In WAL mode with `synchronous = NORMAL`, SQLite appends each commit to the log and does not sync it. The log is read back in
 * its order up to the last complete commit. So one sync of the log makes every earlier commit durable, and a kill of the process
 * loses nothing, because the operating system has the pages already.
 */
import { closeSync, fdatasync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

export interface Database {
  readonly sqlite: DatabaseSync;
  /** Says that something was committed. */
  committed(): void;
  /** Resolves when every commit before this call survives a power cut: at once if none is newer than the last sync. */
  durable(): Promise<void>;
  close(): Promise<void>;
}

const sync = promisify(fdatasync);

/** Another process may write for a moment, such as `npm run token`. */
const BUSY_MILLISECONDS = 10_000;
/** The log is moved into the file beyond this size. */
const LOG_BYTES = 8 * 1024 * 1024;
/** Syncs between two looks at the size of the log. */
const LOOK_EVERY = 64;

/** @param path the file, created with the umask's mode; `undefined` for memory, which is as durable as the process */
export function openDatabase(path: string | undefined): Database {
  if (path === undefined) {
    const sqlite = new DatabaseSync(':memory:');
    const nothing = (): void => undefined;
    return { sqlite, committed: nothing, durable: () => Promise.resolve(), close: async () => sqlite.close() };
  }
  const sqlite = new DatabaseSync(path);
  sqlite.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA busy_timeout = ${BUSY_MILLISECONDS};
    PRAGMA cache_size = -65536;
  `);
  // A first write makes the log.
  sqlite.exec('BEGIN IMMEDIATE; PRAGMA user_version; COMMIT');
  const log = `${path}-wal`;
  let file: number | undefined;
  let running: Promise<void> | undefined;
  let next: PromiseWithResolvers<void> | undefined;
  let syncs = 0;
  let commits = 0;
  let synced = 0;
  let checkpoint: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    file ??= openSync(log, 'r+');
    const upTo = commits;
    await sync(file);
    synced = upTo;
    syncs += 1;
    if (syncs % LOOK_EVERY === 0 && checkpoint === undefined && statSync(log).size > LOG_BYTES)
      checkpoint = checkpointInWorker(path).finally(() => {
        checkpoint = undefined;
      });
  };

  const durable = (): Promise<void> => {
    if (synced === commits) return Promise.resolve();
    if (running === undefined) {
      running = settle(run());
      return running;
    }
    // The running sync may have begun before the last commit.
    next ??= Promise.withResolvers<void>();
    return next.promise;
  };

  const settle = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } finally {
      running = undefined;
      const waiting = next;
      next = undefined;
      if (waiting !== undefined) {
        running = settle(run());
        running.then(waiting.resolve, waiting.reject);
      }
    }
  };

  return {
    sqlite,
    committed: () => {
      commits += 1;
    },
    durable,
    close: async () => {
      while (running !== undefined) await running.catch(() => undefined);
      await checkpoint;
      if (file !== undefined) closeSync(file);
      sqlite.close();
    },
  };
}

/** Moves the log into the file, in a thread that may wait for the disk. */
function checkpointInWorker(path: string): Promise<void> {
  const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: path });
  return new Promise((resolve) => {
    // A failed checkpoint leaves a long log, and the next one tries again.
    worker.once('error', () => resolve());
    worker.once('exit', () => resolve());
  });
}
