import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Leftovers } from './leftovers.ts';

/** The embedded runtime (`npm start`) as a child process. */
export interface ChildRuntime {
  readonly url: string;
  /** Ends the process and waits until it has exited. */
  end(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../local/main.ts', import.meta.url));
const READY = /is ready at (http:\/\/\S+)/;
const START_MILLISECONDS = 60_000;
const END_MILLISECONDS = 8_000;

/** @throws Error with the child's output when the child exits early or is not ready in time. */
export async function startChild(
  environment: Readonly<Record<string, string | undefined>>,
  leftovers: Leftovers,
): Promise<ChildRuntime> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...environment },
    // The child ends when the channel closes, so it does not outlive this process, not even after `kill -9`.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C goes to the whole group. The demo ends its child itself, after its last request.
    detached: process.platform !== 'win32',
  });
  const exited = once(child, 'exit');
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const force = setTimeout(() => child.kill('SIGKILL'), END_MILLISECONDS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(force);
  };

  leftovers.add(end);

  const output: string[] = [];
  const url = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => fail(`was not ready within ${START_MILLISECONDS / 1000} s`), START_MILLISECONDS);
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new Error([`Relicense ${reason}.`, ...output].join('\n')));
    };
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', () => fail('ended while it started'));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        output.push(line);
        const [, address] = READY.exec(line) ?? [];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address);
      });
    }
  });
  try {
    return { url: await url, end };
  } catch (error) {
    await end();
    throw error;
  }
}
