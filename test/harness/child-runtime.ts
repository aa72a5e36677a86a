/** `npm start` as a child process of a script or a test, with real files, which can be ended in any way. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inherited } from './inherited.ts';

export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const START_PATIENCE_MS = 120_000;
const POLL_MS = 10;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its output, on both streams. */
  readonly output: string;
}

/** A process of `local/`, which ends with this one. */
export interface LocalProcess {
  readonly pid: number | undefined;
  /** Its output so far, on both streams, and on standard output alone. */
  output(): string;
  stdout(): string;
  /** Sends a signal and waits until the process has ended. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** Resolves when the process has ended by itself. */
  readonly ended: Promise<Ended>;
}

export interface ChildRuntime extends LocalProcess {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

/** Runs `node local/<program>` with these variables alone. */
export function spawnLocal(
  program: 'main.ts' | 'make-token.ts',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): LocalProcess {
  const child = spawn(process.execPath, [join(REPOSITORY, 'local', program), ...args], {
    cwd: REPOSITORY,
    env: { ...inherited(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let both = '';
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    both += chunk;
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    both += chunk;
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      resolve({ code, signal, output: both });
    });
  });
  return {
    pid: child.pid,
    output: () => both,
    stdout: () => out,
    ended,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Waits until `local/main.ts` prints that it is ready. @throws its output if it ends before. */
export async function whenReady(started: LocalProcess, token?: string): Promise<ChildRuntime> {
  let gone = false;
  void started.ended.then(() => {
    gone = true;
  });
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    const [, url] = /Relicense is ready at (\S+)/.exec(started.output()) ?? [];
    const { pid } = started;
    if (url !== undefined && pid !== undefined) {
      const [, printed = ''] = /^Token: (\S+)$/m.exec(started.output()) ?? [];
      return { ...started, pid, url, token: token ?? printed };
    }
    if (gone || Date.now() > deadline) {
      await started.end('SIGKILL');
      throw new Error(`The runtime did not start:\n${started.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Starts the runtime on a state folder and a free port; resolves when it prints that it is ready. */
export function startChildRuntime(home: string): Promise<ChildRuntime> {
  return whenReady(spawnLocal('main.ts', [], { RELICENSE_HOME: home, PORT: '0' }));
}
