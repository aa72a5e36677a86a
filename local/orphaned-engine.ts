/**
 * Ends an engine that outlived its runtime. After `kill -9` of the runtime, the kernel ends the engine on Linux (see
 * `dynamodb-engine.ts`); on other systems the engine still has the database open. The caller has locked the home, so every
 * engine on its database is an orphan.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartError } from './start-error.ts';

const POLL_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 5_000;

/**
 * @param database absolute path, links resolved, as on the engine's command line
 * @returns ids of the processes that have ended
 * @throws StartError `engine-failed` if a process does not end
 */
export async function endOrphanedEngines(database: string): Promise<number[]> {
  const orphans = await findEngines(database);
  if (orphans.length === 0) return orphans;
  // Nobody waits for an orphan's answers, and a committed write survives SIGKILL.
  for (const pid of orphans) endProcess(pid);
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const left = await findEngines(database);
    if (left.length === 0) return orphans;
    if (Date.now() > deadline) {
      throw new StartError(
        `An earlier DynamoDB engine (process ${left.join(', ')}) still has ${database} open. End it and start again.`,
        { code: 'engine-failed' },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** Ids of the engines whose command line has exactly this database. */
export async function findEngines(database: string): Promise<number[]> {
  const processes = process.platform === 'linux' ? await readProc() : await askPs();
  return processes.filter(({ command }) => isEngineOn(command, database)).map(({ pid }) => pid);
}

interface RunningProcess {
  readonly pid: number;
  /** The arguments: a list on Linux, one line on other systems. */
  readonly command: readonly string[] | string;
}

function isEngineOn(command: RunningProcess['command'], database: string): boolean {
  return typeof command === 'string'
    ? /\bdynoxide(\.exe)? /.test(command) && command.trimEnd().endsWith(`--db-path ${database}`)
    : /(^|\/)dynoxide$/.test(command[0] ?? '') && command[command.indexOf('--db-path') + 1] === database;
}

async function readProc(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // The process may have ended since the listing, or belong to another user.
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), command: line.split('\0').slice(0, -1) };
    }),
  );
  // A zombie has an empty command line and no open files.
  return found.filter(({ command }) => command.length > 0);
}

async function askPs(): Promise<RunningProcess[]> {
  if (process.platform === 'win32') return [];
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command='], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ pid: Number(match[1]), command: match[2] }];
  });
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: the process has ended. EPERM: the caller's wait reports the process.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}
