/**
 * Ends an engine that outlived its runtime. `kill -9` takes the runtime alone; on Linux the engine then dies with it
 * (see `dynamodb-engine.ts`), elsewhere it lives on and still holds the database. The caller holds the home's lock, so any
 * engine on its database belongs to nobody.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartError } from './start-error.ts';

const POLL_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 5_000;

/**
 * @param database absolute path, links resolved, as it stands on the engine's command line.
 * @returns ids of the processes that were ended and are gone now.
 * @throws StartError `engine-failed` when one does not go away.
 */
export async function endOrphanedEngines(database: string): Promise<number[]> {
  const orphans = await findEngines(database);
  // SIGKILL, because nobody waits for the orphan's answers and a committed write survives it.
  for (const pid of orphans) endProcess(pid);
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const left = await findEngines(database);
    if (left.length === 0) return orphans;
    if (Date.now() > deadline) {
      throw new StartError(
        `An earlier DynamoDB engine (process ${left.join(', ')}) still holds ${database}. End it and start again.`,
        { code: 'engine-failed' },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** Processes whose command line is an engine on exactly this database. */
export async function findEngines(database: string): Promise<number[]> {
  const processes = process.platform === 'linux' ? await readProc() : await askPs();
  return processes.filter(({ command }) => isEngineOn(command, database)).map(({ pid }) => pid);
}

interface RunningProcess {
  readonly pid: number;
  /** Arguments as the system tells them: a list on Linux, one line elsewhere. */
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
      // A process may end, or belong to someone else, between the listing and this.
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), command: line.split('\0').slice(0, -1) };
    }),
  );
  // A zombie has an empty command line: it holds nothing any more.
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
    // ESRCH: gone by itself. Everything else shows in the wait that follows.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}
