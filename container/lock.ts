import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasMembers, isCount, parseJson } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';
import { errorCode, type FileSystem } from './file-system.ts';

/** The holder of a lock. `token` is new for each lock, so that a lock cannot be mistaken for a later one. */
interface Holder {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** Distinguishes a process from a later one with the same id; empty if the system does not provide it. */
  readonly start: string;
}

/** A lock without a holder, as another process sees it. */
interface HalfWritten {
  readonly modifiedAt: number | undefined;
  /** The value of `performance.now()`: the clocks of a network drive and of this machine can differ. */
  readonly seenAt: number;
}

const TIMEOUT_MILLISECONDS = 10_000;
const PAUSE_MILLISECONDS = 15;
/** A process that needs longer to write its holder into its new lock gives the lock up. */
const CLAIM_MILLISECONDS = 2_000;
/** A lock without a holder is stale when another process sees it unchanged for this long: its process has given it up. */
const HALF_WRITTEN_MILLISECONDS = 3 * CLAIM_MILLISECONDS;
/** A lock is held for one change. A lock whose process cannot be checked is stale after this time. */
const STALE_MILLISECONDS = 10 * 60_000;
/** A process that crashes while it breaks a lock leaves a lock on that lock, and so on. */
const MAX_BREAKERS = 8;

/**
 * Runs `work` while no other process holds the same lock. It breaks a lock whose process has ended (`kill -9`, a power cut).
 *
 * @throws ContainerError `locked` when another process holds it for 10 seconds.
 */
export async function withLock<Result>(files: FileSystem, path: string, work: () => Promise<Result>): Promise<Result> {
  const token = await acquire(files, path, 0);
  try {
    return await work();
  } finally {
    await release(files, path, token);
  }
}

async function acquire(files: FileSystem, path: string, breakers: number): Promise<string> {
  const holder: Holder = { token: randomUUID(), host: hostname(), pid: process.pid, start: await startOf(process.pid) };
  const deadline = Date.now() + TIMEOUT_MILLISECONDS;
  let halfWritten: HalfWritten | undefined;
  for (;;) {
    if (await tryTake(files, path, holder)) return holder.token;
    const current = await read(files, path);
    let stale = false;
    if (current === 'unreadable') {
      const modifiedAt = await files.modifiedAt(path);
      if (halfWritten === undefined || halfWritten.modifiedAt !== modifiedAt)
        halfWritten = { modifiedAt, seenAt: performance.now() };
      stale = performance.now() - halfWritten.seenAt > HALF_WRITTEN_MILLISECONDS;
    } else if (current !== undefined) {
      stale = await isStale(files, path, current);
    }
    if (current !== undefined && stale && breakers < MAX_BREAKERS) await breakLock(files, path, current, breakers);
    else if (Date.now() > deadline) throw new ContainerError('locked', lockedMessage(path, current));
    else await sleep(PAUSE_MILLISECONDS * (0.5 + Math.random()));
  }
}

/**
 * Creates the lock, and then writes its holder into it. In between the lock is half-written: other processes wait, and only
 * when the writer must have given up do they break it. So this needs no hard links, and two processes never hold one lock.
 */
async function tryTake(files: FileSystem, path: string, holder: Holder): Promise<boolean> {
  try {
    return await files.claim(path, JSON.stringify(holder), CLAIM_MILLISECONDS);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    // Windows: the removal of the lock before is not finished.
    if (process.platform === 'win32' && errorCode(error) === 'EPERM' && (await files.mode(path)) !== undefined)
      return false;
    throw error;
  }
}

/**
 * Removes a stale lock. Only the holder of the lock *on that lock* may do so, and only while the stale one is still there.
 * Otherwise the second of two processes that saw the same stale lock would remove the new lock of the first.
 */
async function breakLock(
  files: FileSystem,
  path: string,
  stale: Holder | 'unreadable',
  breakers: number,
): Promise<void> {
  const breaker = `${path}.${stale === 'unreadable' ? stale : stale.token}`;
  const token = await acquire(files, breaker, breakers + 1);
  try {
    const current = await read(files, path);
    if (current !== undefined && tokenOf(current) === tokenOf(stale)) await files.remove(path);
  } finally {
    await release(files, breaker, token);
  }
}

async function release(files: FileSystem, path: string, token: string): Promise<void> {
  const current = await read(files, path);
  if (current !== undefined && tokenOf(current) === token) await files.remove(path);
}

async function read(files: FileSystem, path: string): Promise<Holder | 'unreadable' | undefined> {
  const bytes = await files.read(path);
  if (bytes === undefined) return undefined;
  const json = parseJson(bytes, { maxBytes: 4096, maxDepth: 1 });
  return json.ok && isHolder(json.value) ? json.value : 'unreadable';
}

async function isStale(files: FileSystem, path: string, holder: Holder): Promise<boolean> {
  if (holder.host === hostname()) {
    return !isAlive(holder.pid) || (await startOf(holder.pid)) !== holder.start;
  }
  const modifiedAt = await files.modifiedAt(path);
  return modifiedAt !== undefined && Date.now() - modifiedAt > STALE_MILLISECONDS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process is alive and belongs to another user.
    return errorCode(error) !== 'ESRCH';
  }
}

/** On Linux: the id of the boot, and the clock tick at which the process started. */
async function startOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return '';
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field, the program's name, may contain spaces and parentheses. The start time is the 22nd field.
    return `${boot.trim()}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return '';
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    hasMembers(value, ['token', 'host', 'pid', 'start']) &&
    typeof value.token === 'string' &&
    /^[0-9a-f-]{36}$/.test(value.token) &&
    typeof value.host === 'string' &&
    isCount(value.pid) &&
    value.pid > 0 &&
    typeof value.start === 'string'
  );
}

function tokenOf(holder: Holder | 'unreadable'): string {
  return holder === 'unreadable' ? holder : holder.token;
}

function lockedMessage(path: string, holder: Holder | 'unreadable' | undefined): string {
  const who =
    holder === undefined || holder === 'unreadable' ? 'Another process' : `Process ${holder.pid} on ${holder.host}`;
  return `${who} is changing the container. If no process is, remove ${path}.`;
}
