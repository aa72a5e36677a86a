/** The engine's SQLite file, with indexes that keep the cost of a write constant while the stream grows. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { KeptPosition } from './stream-position.ts';

/** A file system in memory, on Linux. */
const MEMORY_FOLDER = '/dev/shm';
/** The engine waits as long for a lock. */
const BUSY_MILLISECONDS = 5_000;

/**
 * For each write, the engine reads the highest sequence number, and for each read of the stream, those after a number, both
 * as an integer. Without these indexes it reads every record that ever was.
 */
const STREAM_INDEXES = `
  CREATE INDEX IF NOT EXISTS relicense_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
  CREATE INDEX IF NOT EXISTS relicense_stream_range
    ON _stream_records (table_name, shard_id, sequence_number);
`;

/** A file for the engine. Call `opened` once the engine has opened it, or has failed to. */
export interface EngineDatabase {
  readonly path: string;
  readonly opened: () => void;
}

/**
 * @param kept absolute path of the file; `undefined` for a temporary file. `opened` removes its name, so the file system
 * deletes it when the engine ends, even after a crash.
 */
export function engineDatabase(kept: string | undefined): EngineDatabase {
  if (kept !== undefined) return { path: kept, opened: () => undefined };
  const folder = mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'relicense-'));
  return { path: join(folder, 'table.db'), opened: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Creates the indexes of the stream unless they exist. The engine must have created its tables. */
export function createStreamIndexes(path: string): void {
  withDatabase(path, (database) => database.exec(STREAM_INDEXES));
}

/**
 * Deletes the handled records of the stream, which the engine would keep forever with both images of their items. The last
 * handled record stays, because the engine continues the sequence numbers from it.
 * @returns the number of deleted records
 */
export function deleteHandledRecords(path: string, { stream, shards }: KeptPosition): number {
  return withDatabase(path, (database) => {
    const tables = database.prepare('SELECT table_name AS name, stream_label AS label FROM _tables').all();
    const table = tables.find(({ name, label }) => stream.endsWith(`:table/${name}/stream/${label}`));
    if (table === undefined) return 0;
    const forget = database.prepare(`
      DELETE FROM _stream_records
      WHERE table_name = ? AND shard_id = ? AND CAST(sequence_number AS INTEGER) < CAST(? AS INTEGER)
    `);
    let forgotten = 0;
    for (const [shard, handled] of Object.entries(shards)) {
      forgotten += Number(forget.run(String(table.name), shard, handled).changes);
    }
    return forgotten;
  });
}

function withDatabase<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
