import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Leftovers } from './leftovers.ts';

/** `npm start`, without npm, as a child of this process. */
export interface ChildRuntime {
  readonly url: string;
  /** Ends it by its process id, and waits until it is gone. */
  end(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../local/main.ts', import.meta.url));
const READY = /is ready at (http:\/\/\S+)/;
const START_MILLISECONDS = 60_000;
const END_MILLISECONDS = 8_000;

/** @throws Error with what the child said, when it ends or does not get ready. */
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
  const gone = once(child, 'exit');
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const force = setTimeout(() => child.kill('SIGKILL'), END_MILLISECONDS);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(force);
  };

  leftovers.add(end);

  const said: string[] = [];
  const url = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => give(`was not ready within ${START_MILLISECONDS / 1000} s`), START_MILLISECONDS);
    const give = (reason: string): void => {
      clearTimeout(timer);
      reject(new Error([`Relicense ${reason}.`, ...said].join('\n')));
    };
    child.once('error', (error) => give(`could not be started: ${error.message}`));
    child.once('exit', () => give('ended while it started'));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        said.push(line);
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
