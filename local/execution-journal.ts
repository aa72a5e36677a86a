/**
 * The record of executions, in the file of the table. A call does not wait for the disk: what the record promises is promised by
 * answers, and these wait until everything before them is on the disk.
 */
import type { Database } from '../table/index.ts';

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
}

/** The state machines of one runtime, each with its own executions. */
export type Machine = 'reprogrammings' | 'deliveries' | 'bulk-orders';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS executions (
    machine TEXT NOT NULL,
    name TEXT NOT NULL,
    input TEXT,
    status TEXT NOT NULL CHECK (status IN ('running', 'failed', 'succeeded')),
    startedAt INTEGER NOT NULL,
    endedAt INTEGER,
    error TEXT,
    token TEXT,
    waitingSince INTEGER,
    received INTEGER NOT NULL DEFAULT 0,
    receipt TEXT,
    PRIMARY KEY (machine, name)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS unfinished ON executions (machine, startedAt) WHERE status <> 'succeeded';
`;

/** Opens the record of one state machine. */
export function openExecutionJournal({ sqlite, committed }: Database, machine: Machine, now: number): ExecutionJournal {
  sqlite.exec(SCHEMA);
  sqlite
    .prepare(`DELETE FROM executions WHERE machine = ? AND status = 'succeeded' AND endedAt < ?`)
    .run(machine, now - NAMES_KEPT_DAYS * DAY_MILLISECONDS);

  const begin = sqlite.prepare(
    `INSERT INTO executions (name, input, status, startedAt, machine) VALUES (?, ?, 'running', ?, ?)
     ON CONFLICT (machine, name) DO NOTHING`,
  );
  const wait = sqlite.prepare(
    'UPDATE executions SET token = ?, waitingSince = ?, received = 0, receipt = NULL WHERE name = ? AND machine = ?',
  );
  const receive = sqlite.prepare('UPDATE executions SET received = 1, receipt = ? WHERE name = ? AND machine = ?');
  const stopWaiting = sqlite.prepare(
    `UPDATE executions SET token = NULL, waitingSince = NULL, received = 0, receipt = NULL
     WHERE name = ? AND machine = ?`,
  );
  // The input can have 256 KiB and is not needed again.
  const succeed = sqlite.prepare(
    `UPDATE executions SET status = 'succeeded', endedAt = ?, input = NULL, token = NULL, receipt = NULL, error = NULL
     WHERE name = ? AND machine = ?`,
  );
  const fail = sqlite.prepare(
    `UPDATE executions SET status = 'failed', endedAt = ?, error = ? WHERE name = ? AND machine = ?`,
  );
  const unfinished = sqlite.prepare(
    `SELECT name, input, token, waitingSince, received, receipt FROM executions
     WHERE machine = ? AND status <> 'succeeded' ORDER BY startedAt, rowid`,
  );

  /** Runs a statement for this machine. @returns the number of changed rows */
  const run = (statement: typeof begin, ...values: (string | number)[]): number => {
    const { changes } = statement.run(...values, machine);
    committed();
    return Number(changes);
  };

  return {
    begin: (name, input, at) => run(begin, name, JSON.stringify(input), at) === 1,
    wait: (name, token, at) => void run(wait, token, at, name),
    receive: (name, receipt) => void run(receive, JSON.stringify(receipt), name),
    stopWaiting: (name) => void run(stopWaiting, name),
    succeed: (name, at) => void run(succeed, at, name),
    fail: (name, error, at) => void run(fail, at, error, name),
    unfinished: () => unfinished.all(machine).map(toUnfinished),
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
