/** The DynamoDB engine as a child process: `dynoxide`, a static program on SQLite. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findEngineBinary } from './engine-binary.ts';
import { createStreamIndexes, engineDatabase } from './engine-database.ts';
import { findFreePort } from './free-port.ts';
import { endOrphanedEngines } from './orphaned-engine.ts';
import { StartError } from './start-error.ts';

const START_PATIENCE_MILLISECONDS = 10_000;
const HEALTH_POLL_MILLISECONDS = 10;
const START_ATTEMPTS = 5;
const END_PATIENCE_MILLISECONDS = 3_000;
const OUTPUT_KEPT_CHARACTERS = 4_000;
/** If the engine dies more often within the window, it is broken and is not restarted. */
const MAX_RESTARTS = 3;
const RESTART_WINDOW_MILLISECONDS = 60_000;

/** From util-linux. With it, the kernel sends a signal to the engine when the runtime dies, even by `kill -9`. */
const SETPRIV = '/usr/bin/setpriv';

export interface Engine {
  /** `http://127.0.0.1:<port>`, the same after a restart. */
  readonly endpoint: string;
  /** Process id of the running child. */
  pid(): number | undefined;
  /** Ends the child and waits for its exit. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Absolute path of the database file, links resolved; `undefined` for data that ends with the engine. */
  readonly database: string | undefined;
  /** Gets messages for the person at this machine: an orphaned engine was ended, the engine was restarted. */
  readonly notify: (message: string) => void;
  /** The engine died and does not restart, so the runtime must end. */
  readonly onLost: (error: StartError) => void;
  readonly binary?: string;
}

/**
 * Starts the engine and waits until it answers. If the engine dies later, it restarts on the same port and file.
 * @throws StartError `engine-missing` or `engine-failed`
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const binary = options.binary ?? findEngineBinary();
  if (options.database !== undefined) {
    const ended = await endOrphanedEngines(options.database);
    for (const pid of ended) {
      options.notify(`Ended the DynamoDB engine (process ${pid}) that an earlier start left behind.`);
    }
  }

  let closing = false;
  const restarts: number[] = [];

  const watch = (child: RunningEngine): void => {
    void child.exited.then((reason) => {
      if (!closing) void restart(reason);
    });
  };

  const restart = async (reason: string): Promise<void> => {
    const message = `The DynamoDB engine ended unexpectedly (${reason}).`;
    const since = Date.now() - RESTART_WINDOW_MILLISECONDS;
    while (restarts[0] !== undefined && restarts[0] < since) restarts.shift();
    // The data of an engine without a file is lost, and an empty engine would deny every sale.
    if (options.database === undefined || restarts.length >= MAX_RESTARTS) {
      return options.onLost(new StartError(message, { code: 'engine-failed' }));
    }
    restarts.push(Date.now());
    options.notify(`${message} Starting it again.`);
    try {
      const next = await startChild(binary, options.database, running.port);
      running = next;
      if (closing) await endChild(next);
      else watch(next);
    } catch (error) {
      if (!closing) {
        options.onLost(new StartError(`${message} It does not start again.`, { code: 'engine-failed', cause: error }));
      }
    }
  };

  const database = engineDatabase(options.database);
  let running: RunningEngine;
  try {
    running = await startOnFreePort(binary, database.path);
  } finally {
    database.opened();
  }
  watch(running);
  return {
    endpoint: `http://127.0.0.1:${running.port}`,
    pid: () => running.child.pid,
    close: async () => {
      closing = true;
      await endChild(running);
    },
  };
}

interface RunningEngine {
  readonly child: ChildProcess;
  readonly port: number;
  /** Resolves with the reason when the child has exited. */
  readonly exited: Promise<string>;
}

async function startOnFreePort(binary: string, database: string): Promise<RunningEngine> {
  let last: unknown;
  // Another process may take the free port before the engine does.
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    try {
      return await startChild(binary, database, await findFreePort());
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

async function startChild(binary: string, database: string, port: number): Promise<RunningEngine> {
  const engineArguments = ['--host', '127.0.0.1', '--port', String(port), '--db-path', database];
  const [program, programArguments] =
    process.platform === 'linux' && existsSync(SETPRIV)
      ? // setpriv replaces itself by the engine, so there is one child. A committed write survives SIGKILL.
        [SETPRIV, ['--pdeathsig', 'KILL', '--', binary, ...engineArguments]]
      : [binary, engineArguments];
  const child = spawn(program, programArguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C goes to the whole process group, but the runtime still finishes requests and needs the engine for them.
    detached: process.platform !== 'win32',
    // The engine needs neither the token nor AWS credentials, so it does not get them.
    env: { PATH: '/usr/bin:/bin' },
  });

  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT_CHARACTERS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);

  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve([signal === null ? `exit code ${code}` : `signal ${signal}`, output.trim()].filter(Boolean).join(': ')),
    );
  });
  const engine: RunningEngine = { child, port, exited };

  try {
    const failure = await Promise.race([exited, healthy(port, () => output)]);
    if (failure !== undefined) {
      throw new StartError(`The DynamoDB engine does not start (${failure}).`, { code: 'engine-failed' });
    }
    createStreamIndexes(database);
    return engine;
  } catch (error) {
    await endChild(engine);
    throw error;
  }
}

/** Resolves with `undefined` when the engine answers, or with a reason if it does not answer in time. */
async function healthy(port: number, output: () => string): Promise<string | undefined> {
  const deadline = Date.now() + START_PATIENCE_MILLISECONDS;
  while (Date.now() < deadline) {
    // Another program could listen on the port and answer too, so the engine's own message comes first.
    if (output().includes('listening')) {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1_000) }).catch(
        () => undefined,
      );
      await answer?.arrayBuffer();
      if (answer?.ok === true) return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, HEALTH_POLL_MILLISECONDS));
  }
  return `no answer on port ${port} in ${START_PATIENCE_MILLISECONDS / 1000} s`;
}

async function endChild({ child, exited }: RunningEngine): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MILLISECONDS);
  await exited;
  clearTimeout(timer);
}
