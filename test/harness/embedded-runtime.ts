/** The whole embedded runtime for tests: in this process, or as a child that can be ended in any way. */
import { onTestFinished } from 'vitest';
import { type RunningRuntime, type RuntimeOptions, startRuntime } from '../../local/runtime.ts';
import { type ChildRuntime, type Ended, type LocalProcess, spawnLocal, whenReady } from './child-runtime.ts';

/**
 * Starts the runtime in this process, by default in memory and on a free port. The caller closes it; inside a test,
 * `onTestFinished` can do that.
 */
export async function startInProcess(options: Partial<RuntimeOptions> = {}): Promise<RunningRuntime> {
  return startRuntime({ home: undefined, port: 0, retryScale: 0.01, ...options });
}

/** Runs `node local/<program>` with these variables alone and waits until it has ended. */
export async function runLocal(
  ...command: Parameters<typeof spawnLocal>
): Promise<Ended & { readonly stdout: string }> {
  const started = killedWithTest(spawnLocal(...command));
  return { ...(await started.ended), stdout: started.stdout() };
}

/** Starts `node local/main.ts` as a child on a free port and waits until it prints that it is ready. */
export async function startChild(
  home: string,
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<ChildRuntime> {
  const started = spawnLocal('main.ts', args, { RELICENSE_HOME: home, PORT: '0', ...environment });
  return whenReady(killedWithTest(started), environment.RELICENSE_TOKEN);
}

/** A child ends at the latest with its test. */
function killedWithTest(started: LocalProcess): LocalProcess {
  onTestFinished(async () => void (await started.end('SIGKILL')));
  return started;
}

/** A request with the development token; returns the status and the parsed JSON body. */
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
