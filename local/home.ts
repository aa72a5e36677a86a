/** The folder of the runtime's state: where things are, who uses it, and how it is cleared. */
import { chmodSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from './start-error.ts';

/** Paths in a home folder; all absolute, links resolved. */
export interface Home {
  readonly folder: string;
  /** The table: the SQLite file of the DynamoDB engine. */
  readonly database: string;
  /** Executions of the workflow. */
  readonly executions: string;
  /** The runs that deliver events. */
  readonly deliveries: string;
  /** The runs that carry out bulk orders. */
  readonly bulkOrders: string;
  /** How far the table's stream was read. */
  readonly stream: string;
  /** When the daily run was. */
  readonly schedule: string;
  /** The private keys that sign updates. */
  readonly signingKeys: string;
  /** The development token. */
  readonly token: string;
  /** Where the running engine can be reached. */
  readonly engine: string;
  /** Lets go of the folder, so that another runtime can use it. */
  release(): void;
}

const FILES = {
  database: 'table.db',
  executions: 'executions.db',
  deliveries: 'deliveries.db',
  bulkOrders: 'bulk-orders.db',
  stream: 'stream.json',
  schedule: 'schedule.json',
  signingKeys: 'signing-keys.json',
  token: 'token',
  engine: 'engine.json',
} as const;
const LOCK = 'lock';

/** Path of the engine's address file in a home that another process holds. */
export function engineFileOf(folder: string): string {
  return join(folder, FILES.engine);
}

/**
 * Makes the folder if needed (mode 0700) and takes it for this process. The lock is an open transaction on an SQLite file:
 * the operating system drops it when the process ends, however it ends, so no stale lock can stay behind.
 * @throws StartError `home-in-use` or `home-unusable`.
 */
export function openHome(folder: string): Home {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartError(`The state folder ${folder} cannot be made: ${(error as Error).message}`, {
      code: 'home-unusable',
      cause: error,
    });
  }
  // The engine is recognized by this path on its command line, so there must be only one way to write it.
  const real = realpathSync(folder);
  const release = takeLock(join(real, LOCK), real);
  return {
    folder: real,
    database: join(real, FILES.database),
    executions: join(real, FILES.executions),
    deliveries: join(real, FILES.deliveries),
    bulkOrders: join(real, FILES.bulkOrders),
    stream: join(real, FILES.stream),
    schedule: join(real, FILES.schedule),
    signingKeys: join(real, FILES.signingKeys),
    token: join(real, FILES.token),
    engine: join(real, FILES.engine),
    release,
  };
}

/**
 * Removes the state from a home that this process holds. Only files that the runtime makes are touched: RELICENSE_HOME may
 * have been pointed at a folder that holds other things too.
 * @returns names of the removed files.
 */
export function clearHome(home: Home): string[] {
  const ours = Object.values(FILES);
  // SQLite keeps `-wal`, `-shm` and `-journal` beside its file, and an interrupted write leaves a draft.
  const isOurs = (name: string): boolean =>
    ours.some(
      (file) =>
        name === file || name.startsWith(`${file}-`) || (name.startsWith(`${file}.`) && name.endsWith('.draft')),
    );
  const removed = readdirSync(home.folder).filter(isOurs);
  for (const name of removed) rmSync(join(home.folder, name));
  return removed;
}

function takeLock(path: string, folder: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path);
    chmodSync(path, 0o600);
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    if (lock?.isOpen === true) lock.close();
    if (isLocked(error)) {
      throw new StartError(
        `Another Relicense is running on ${folder}. End it first, or give this one a folder of its own: ` +
          'RELICENSE_HOME=another-folder PORT=0 npm start',
        { code: 'home-in-use', cause: error },
      );
    }
    throw new StartError(`The state folder ${folder} cannot be used: ${(error as Error).message}`, {
      code: 'home-unusable',
      cause: error,
    });
  }
  const held = lock;
  HELD.add(held);
  return () => {
    HELD.delete(held);
    if (held.isOpen) held.close();
  };
}

/** A connection that nobody can reach any more is collected as garbage, and its lock with it. */
const HELD = new Set<DatabaseSync>();

const SQLITE_BUSY = 5;
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
