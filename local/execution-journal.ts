/** A durable record of executions: one SQLite file, and one transaction per call. */
import { DatabaseSync } from 'node:sqlite';

/** Step Functions remembers the name of an ended execution as long. */
const NAMES_KEPT_DAYS = 90;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** The wait of an execution for its task token. */
export interface JournaledWait {
  readonly token: string;
  /** Milliseconds since 1970. After a restart, the receipt has only the rest of its 20 days. */
  readonly since: number;
  /** The receipt has arrived, but the process may have ended before the waiting state did. It is empty if it was applied before. */
  readonly received?: object | undefined;
}

export interface UnfinishedExecution {
  readonly name: string;
  readonly input: unknown;
  readonly wait: JournaledWait | undefined;
}

export interface ExecutionJournal {
  /** @returns `false` if an execution of this name was started before, whether it has ended or not */
  begin(name: string, input: unknown, now: number): boolean;
  /** The execution now waits for this token, and no longer for an earlier one. */
  wait(name: string, token: string, now: number): void;
  receive(name: string, receipt: object): void;
  /** The wait ended without a receipt. */
  stopWaiting(name: string): void;
  succeed(name: string, now: number): void;
  /** Keeps the execution with its input: the next start retries it, like a redrive. */
  fail(name: string, error: string, now: number): void;
  /** Running and failed executions, oldest first. */
  unfinished(): UnfinishedExecution[];
  close(): void;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS executions (
    name TEXT PRIMARY KEY,
    input TEXT,
    status TEXT NOT NULL CHECK (status IN ('running', 'failed', 'succeeded')),
    startedAt INTEGER NOT NULL,
    endedAt INTEGER,
    error TEXT,
    token TEXT,
    waitingSince INTEGER,
    received INTEGER NOT NULL DEFAULT 0,
    receipt TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS unfinished ON executions (startedAt) WHERE status <> 'succeeded';
`;

/** @param path the file, created with the umask's mode in a folder of mode 0700; `undefined` for memory */
export function openExecutionJournal(path: string | undefined, now: number): ExecutionJournal {
  const database = new DatabaseSync(path ?? ':memory:');
  database.exec(SCHEMA);
  const columns = database.prepare('PRAGMA table_info(executions)').all();
  if (!columns.some(({ name }) => name === 'receipt')) database.exec('ALTER TABLE executions ADD COLUMN receipt TEXT');
  database
    .prepare(`DELETE FROM executions WHERE status = 'succeeded' AND endedAt < ?`)
    .run(now - NAMES_KEPT_DAYS * DAY_MILLISECONDS);

  const begin = database.prepare(
    `INSERT INTO executions (name, input, status, startedAt) VALUES (?, ?, 'running', ?) ON CONFLICT (name) DO NOTHING`,
  );
  const wait = database.prepare(
    'UPDATE executions SET token = ?, waitingSince = ?, received = 0, receipt = NULL WHERE name = ?',
  );
  const receive = database.prepare('UPDATE executions SET received = 1, receipt = ? WHERE name = ?');
  const stopWaiting = database.prepare(
    'UPDATE executions SET token = NULL, waitingSince = NULL, received = 0, receipt = NULL WHERE name = ?',
  );
  // The input can have 256 KiB and is not needed again.
  const succeed = database.prepare(
    `UPDATE executions SET status = 'succeeded', endedAt = ?, input = NULL, token = NULL, receipt = NULL, error = NULL
     WHERE name = ?`,
  );
  const fail = database.prepare(`UPDATE executions SET status = 'failed', endedAt = ?, error = ? WHERE name = ?`);
  const unfinished = database.prepare(
    `SELECT name, input, token, waitingSince, received, receipt FROM executions WHERE status <> 'succeeded' ORDER BY startedAt, rowid`,
  );

  return {
    begin: (name, input, at) => begin.run(name, JSON.stringify(input), at).changes === 1,
    wait: (name, token, at) => void wait.run(token, at, name),
    receive: (name, receipt) => void receive.run(JSON.stringify(receipt), name),
    stopWaiting: (name) => void stopWaiting.run(name),
    succeed: (name, at) => void succeed.run(at, name),
    fail: (name, error, at) => void fail.run(at, error, name),
    unfinished: () => unfinished.all().map(toUnfinished),
    close: () => database.close(),
  };
}

function toUnfinished(row: Record<string, unknown>): UnfinishedExecution {
  const { name, input, token, waitingSince, received, receipt } = row;
  if (typeof name !== 'string' || typeof input !== 'string') {
    throw new TypeError('The journal of executions is damaged: a row has no name or no input.');
  }
  return {
    name,
    input: JSON.parse(input),
    wait:
      typeof token === 'string' && typeof waitingSince === 'number'
        ? { token, since: waitingSince, received: received === 1 ? toReceipt(receipt) : undefined }
        : undefined,
  };
}

function toReceipt(value: unknown): object {
  const receipt: unknown = typeof value === 'string' ? JSON.parse(value) : {};
  return typeof receipt === 'object' && receipt !== null ? receipt : {};
}
