/** The folder of the runtime's state: its files, its lock, and how to clear it. */
import { accessSync, chmodSync, constants, existsSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../terminal/make-folder.ts';
import { formatSystemError, systemErrorCode } from '../terminal/system-error.ts';
import { isFileError } from './secret-file.ts';
import { StartError } from './start-error.ts';

/** Paths in a home folder; all absolute, links resolved. */
export interface Home {
  readonly folder: string;
  /** The table and the executions of the state machines: one SQLite file. */
  readonly database: string;
  /** The position in the stream of another DynamoDB engine. */
  readonly stream: string;
  /** The time of the last daily run. */
  readonly schedule: string;
  /** When the last look for open webhooks was. */
  readonly webhookSchedule: string;
  /** The private keys that sign updates and leases. */
  readonly signingKeys: string;
  /** The private keys that sign key sets. */
  readonly rootKeys: string;
  /** The development token. */
  readonly token: string;
  /** The addresses of the running runtime. */
  readonly running: string;
  /** Releases the lock, so that another runtime can use the folder. */
  release(): void;
}

const FILES = {
  database: 'relicense.db',
  stream: 'stream.json',
  schedule: 'schedule.json',
  webhookSchedule: 'webhook-schedule.json',
  signingKeys: 'signing-keys.json',
  rootKeys: 'root-keys.json',
  token: 'token',
  running: 'running.json',
} as const;
/** Files of earlier versions, which `--reset` deletes, too. */
const EARLIER = ['table.db', 'executions.db', 'deliveries.db', 'bulk-orders.db', 'engine.json'];
const LOCK = 'lock';
const ANOTHER = 'RELICENSE_HOME chooses another folder.';

/** Path of the file with the addresses of the runtime that has locked a home. */
export function runningFileOf(folder: string): string {
  return join(folder, FILES.running);
}

/** Path of the table in a home. */
export function databaseOf(folder: string): string {
  return join(folder, FILES.database);
}

/** Path of the file with the private update keys of a home. */
export function signingKeysOf(folder: string): string {
  return join(folder, FILES.signingKeys);
}

/** Path of the file with the private root keys of a home. */
export function rootKeysOf(folder: string): string {
  return join(folder, FILES.rootKeys);
}

/**
 * Creates the folder if needed (mode 0700) and locks it for this process. The lock is an open transaction on an SQLite file.
 * The operating system removes it when the process ends, even after a crash, so a stale lock cannot exist.
 * @throws StartError `home-in-use` or `home-unusable`
 */
export function openHome(folder: string): Home {
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    throw new StartError(`The state folder ${folder} could not be created: ${reasonOf(error, folder)} ${ANOTHER}`, {
      code: 'home-unusable',
      cause: error,
    });
  }
  const real = realpathSync(folder);
  const release = lockFolder(
    real,
    LOCK,
    `Another Relicense is running on ${real}. End it first, or start this one with another folder: ` +
      'RELICENSE_HOME=another-folder PORT=0 npm start',
  );
  return {
    folder: real,
    database: join(real, FILES.database),
    stream: join(real, FILES.stream),
    schedule: join(real, FILES.schedule),
    webhookSchedule: join(real, FILES.webhookSchedule),
    signingKeys: join(real, FILES.signingKeys),
    rootKeys: join(real, FILES.rootKeys),
    token: join(real, FILES.token),
    running: join(real, FILES.running),
    release,
  };
}

/**
 * Deletes the state in a home that this process has locked. It deletes only files of the runtime, because RELICENSE_HOME may
 * be a folder with other files too.
 * @returns names of the deleted files
 */
export function clearHome(home: Home): string[] {
  const removed = stateFilesIn(home.folder);
  for (const name of removed) rmSync(join(home.folder, name));
  return removed;
}

/** Names of the runtime's files in this folder, apart from the lock. */
export function stateFilesIn(folder: string): string[] {
  const ours = [...Object.values(FILES), ...EARLIER];
  // SQLite has `-wal`, `-shm` and `-journal` files, and an interrupted write leaves a draft.
  const isOurs = (name: string): boolean =>
    ours.some(
      (file) =>
        name === file || name.startsWith(`${file}-`) || (name.startsWith(`${file}.`) && name.endsWith('.draft')),
    );
  return readdirSync(folder).filter(isOurs);
}

/**
 * Why the runtime cannot write to the folder, in words; the message of the error if the file system gives no reason.
 * @param access throws if this user may not write to a folder
 */
export function reasonOf(
  error: unknown,
  folder: string,
  access = (path: string): void => accessSync(path, constants.W_OK | constants.X_OK),
): string {
  // For a folder that would have to be created, Node reports ENOENT whatever the reason is. Its nearest parent knows it.
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  if (!statSync(nearest).isDirectory()) return `${nearest} is a file, not a folder.`;
  try {
    access(nearest);
  } catch (refused) {
    if (isFileError(refused, 'EROFS')) return `${nearest} is on a read-only file system.`;
    if (isFileError(refused, 'EACCES')) return `this user may not write to ${nearest}.`;
  }
  const code = systemErrorCode(error);
  // The parent exists, and yet the system finds no place for the folder, as below /proc.
  if (code === 'ENOENT' || code === 'EPERM') return `no folder can be created in ${nearest}.`;
  if (isFull(error)) return `the disk of ${nearest} is full.`;
  return code === undefined ? (error as Error).message : `${formatSystemError(error as Error)}.`;
}

/** Whether the error says that a disk is full: of the file system, or of SQLite. */
function isFull(error: unknown): boolean {
  return (
    isFileError(error, 'ENOSPC') || (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL)
  );
}

/**
 * Locks a file of the folder for this process, until the returned function is called or the process ends.
 * @param busy the message if another process has locked it
 * @throws StartError `home-in-use` or `home-unusable`
 */
export function lockFolder(folder: string, name: string, busy: string): () => void {
  const path = join(folder, name);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path);
    chmodSync(path, 0o600);
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    if (lock?.isOpen === true) lock.close();
    if (isLocked(error)) {
      throw new StartError(busy, { code: 'home-in-use', cause: error });
    }
    throw new StartError(`The state folder ${folder} cannot be used: ${reasonOf(error, folder)} ${ANOTHER}`, {
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

/** References to the open connections: garbage collection of a connection would release its lock. */
const HELD = new Set<DatabaseSync>();

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
