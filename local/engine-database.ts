/** The engine's SQLite file: where it is, and what its stream needs so that a write costs the same however many there were. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { KeptPosition } from './stream-position.ts';

/** Memory with the names of files, on Linux. */
const MEMORY_FOLDER = '/dev/shm';
/** The engine waits for a lock as long as this, too. */
const BUSY_MILLISECONDS = 5_000;

/**
 * For each write the engine asks for the highest sequence number, and for each read of the stream for those after one, both
 * as an integer: without these it looks at every record that there ever was.
 */
const STREAM_INDEXES = `
  CREATE INDEX IF NOT EXISTS relicense_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
  CREATE INDEX IF NOT EXISTS relicense_stream_range
    ON _stream_records (table_name, shard_id, sequence_number);
`;

/** A file for the engine, and what to do once the engine has opened it or could not. */
export interface EngineDatabase {
  readonly path: string;
  readonly opened: () => void;
}

/**
 * @param kept absolute path of the file; `undefined` for one that nobody else sees: its name goes as soon as the engine holds it,
 * so that it goes with the engine, however that ends.
 */
export function engineDatabase(kept: string | undefined): EngineDatabase {
  if (kept !== undefined) return { path: kept, opened: () => undefined };
  const folder = mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'relicense-'));
  return { path: join(folder, 'table.db'), opened: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Makes the indexes of the stream unless they are there. The engine has made its tables before. */
export function indexStream(path: string): void {
  withDatabase(path, (database) => database.exec(STREAM_INDEXES));
}

/**
 * Removes the stream's records that were handled, which the engine keeps for ever with both images of their items. The last one
 * handled stays: the engine goes on counting from it.
 * @returns how many.
 */
export function forgetHandled(path: string, { stream, shards }: KeptPosition): number {
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
