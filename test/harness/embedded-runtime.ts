/** The whole embedded runtime for tests: in this process, or as a child that can be ended in any way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type RunningRuntime, type RuntimeOptions, startRuntime } from '../../local/runtime.ts';
import { inherited } from './inherited.ts';

export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const START_PATIENCE_MS = 120_000;

/**
 * Starts the runtime in this process, in memory and on a free port unless told otherwise. The caller closes it; inside a test,
 * `onTestFinished` can do that.
 */
export async function startInProcess(options: Partial<RuntimeOptions> = {}): Promise<RunningRuntime> {
  return startRuntime({ home: undefined, port: 0, retryScale: 0.01, ...options });
}

export interface ChildRuntime {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** What it said until now, on both outputs. */
  output(): string;
  /** Sends a signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** Resolves when the process is gone by itself. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said, on both outputs. */
  readonly output: string;
}

/** Runs `node local/<program>` with just these variables and waits until it has ended. */
export async function runLocal(
  program: 'main.ts' | 'make-token.ts',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended & { readonly stdout: string }> {
  const { child, ended, stdout } = spawnLocal(program, args, environment);
  const { result } = killedWithTest(child, ended);
  return { ...(await result), stdout: stdout() };
}

/** Starts `node local/main.ts` as a child on a free port and waits until it says that it is ready. */
export async function startChild(
  home: string,
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<ChildRuntime> {
  const { child, output, ended } = spawnLocal('main.ts', args, { RELICENSE_HOME: home, PORT: '0', ...environment });
  killedWithTest(child, ended);
  let gone = false;
  void ended.then(() => {
    gone = true;
  });
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    const [, url] = /Relicense is ready at (\S+)/.exec(output()) ?? [];
    if (url !== undefined && child.pid !== undefined) {
      const [, printed] = /Token: (\S+)$/m.exec(output()) ?? [];
      return {
        url,
        token: environment.RELICENSE_TOKEN ?? printed ?? '',
        pid: child.pid,
        output,
        ended,
        end: (signal) => {
          child.kill(signal);
          return ended;
        },
      };
    }
    if (gone || Date.now() > deadline) throw new Error(`The runtime did not start:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

interface Spawned {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  output(): string;
  stdout(): string;
}

function spawnLocal(program: string, args: readonly string[], environment: Readonly<Record<string, string>>): Spawned {
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
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, output: both }));
  });
  return { child, ended, output: () => both, stdout: () => out };
}

/** Whatever a test does, its child does not outlive it. */
function killedWithTest(child: ChildProcess, ended: Promise<Ended>): { readonly result: Promise<Ended> } {
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { result: ended };
}

/** Whether a process of this id is there; a zombie is not. Linux. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A request with the development token; the parsed JSON body beside the status. */
export async function call(
  { url, token }: Pick<RunningRuntime, 'url' | 'token'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}
