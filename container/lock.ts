import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasMembers, isCount, parseJson } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';
import { errorCode, type FileSystem } from './file-system.ts';

/** Who holds a lock. `token` is another one each time, so that no lock is mistaken for a later one. */
interface Holder {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** Tells a process from a later one with the same id; empty where the system does not say. */
  readonly start: string;
}

const PATIENCE_MILLISECONDS = 10_000;
const PAUSE_MILLISECONDS = 15;
/** A lock is held for the moment of one change; one that nobody can ask about is stale after this. */
const STALE_MILLISECONDS = 10 * 60_000;
/** A crash in the middle of breaking a lock leaves the lock of the breaker, and so on. */
const MAX_BREAKERS = 8;

/**
 * Runs `work` while no other process that asks for the same lock does. A lock whose process is gone (`kill -9`, a power
 * cut) is broken.
 *
 * @throws ContainerError `locked` when another process keeps it for 10 seconds.
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
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    if (await take(files, path, holder)) return holder.token;
    const current = await read(files, path);
    const stale = current !== undefined && (await isStale(files, path, current));
    if (stale && breakers < MAX_BREAKERS) await breakLock(files, path, current, breakers);
    else if (Date.now() > deadline) throw new ContainerError('locked', busy(path, current));
    else await sleep(PAUSE_MILLISECONDS * (0.5 + Math.random()));
  }
}

/** A link puts the lock there with its content, all at once: a lock without content would say nothing of its holder. */
async function take(files: FileSystem, path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.token}.draft`;
  await files.create(draft, JSON.stringify(holder));
  try {
    await files.link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await files.remove(draft);
  }
}

/**
 * Removes a stale lock. Only the holder of the lock *on that very lock* may do so, and only while it is still there:
 * otherwise the second of two that saw the same stale lock would remove the fresh one of the first.
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

async function isStale(files: FileSystem, path: string, holder: Holder | 'unreadable'): Promise<boolean> {
  if (holder !== 'unreadable' && holder.host === hostname()) {
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
    // EPERM: it lives, and belongs to somebody else.
    return errorCode(error) !== 'ESRCH';
  }
}

/** Where Linux tells it: the boot, and the clock tick in it at which the process began. */
async function startOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return '';
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field, the program's name, may hold spaces and parentheses; start time is the 22nd field.
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

function busy(path: string, holder: Holder | 'unreadable' | undefined): string {
  const who =
    holder === undefined || holder === 'unreadable' ? 'Another process' : `Process ${holder.pid} on ${holder.host}`;
  return `${who} is changing the container. If that cannot be, remove ${path}.`;
}
