/** A separate DynamoDB engine, `dynoxide`, as an oracle: what the embedded table does is compared with it. Linux on x64 only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findFreePort } from './free-port.ts';

export interface Dynoxide {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  close(): Promise<void>;
}

const PATIENCE_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 20;
const ATTEMPTS = 5;

/** Starts the engine with an empty database, and waits until it answers. */
export async function startDynoxide(): Promise<Dynoxide> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await findFreePort());
    } catch (error) {
      // Another process may have taken the port.
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function start(port: number): Promise<Dynoxide> {
  const program = join(dirname(createRequire(import.meta.url).resolve('@dynoxide/linux-x64/package.json')), 'dynoxide');
  const folder = mkdtempSync(join(tmpdir(), 'relicense-dynoxide-'));
  const child = spawn(program, ['--host', '127.0.0.1', '--port', String(port), '--db-path', join(folder, 'table.db')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answers(child, endpoint, () => output);
  } catch (error) {
    await end(child);
    throw error;
  }
  return {
    endpoint,
    close: async () => {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(child: ChildProcess, endpoint: string, output: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (Date.now() < deadline && child.exitCode === null) {
    // Another program could listen on the port and answer, so the engine's own message comes first.
    const answer = output().includes('listening') ? await fetch(endpoint).catch(() => undefined) : undefined;
    await answer?.arrayBuffer();
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  throw new Error(`dynoxide does not start: ${output()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
