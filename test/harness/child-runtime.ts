/** `npm start` as a child of a script or a test: real processes, real files, and an end that can be any. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { inherited } from './inherited.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_PATIENCE_MS = 120_000;
const POLL_MS = 10;

export interface Child {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** What it said until now, on both outputs. */
  output(): string;
  /** Sends the signal to this one process and waits until it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Starts the runtime on a state folder and a free port; resolves when it says that it is ready. */
export async function startChildRuntime(home: string): Promise<Child> {
  const child = spawn(process.execPath, [join(ROOT, 'local/main.ts')], {
    cwd: ROOT,
    env: { ...inherited(), RELICENSE_HOME: home, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  // Whatever ends the script: its child does not outlive it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = new Promise<void>((resolve) =>
    child.once('close', () => {
      process.off('exit', kill);
      resolve();
    }),
  );
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    const [, url] = /Relicense is ready at (\S+)/.exec(output) ?? [];
    const [, token] = /^Token: (\S+)$/m.exec(output) ?? [];
    const { pid } = child;
    if (url !== undefined && token !== undefined && pid !== undefined) {
      return {
        url,
        token,
        pid,
        output: () => output,
        async end(signal) {
          child.kill(signal);
          await gone;
        },
      };
    }
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The runtime did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
