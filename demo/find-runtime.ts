import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startChild } from './child-runtime.ts';

/** The vendor's side that the demo talks to. */
export interface FoundRuntime {
  readonly url: string;
  readonly token: string;
  /** Where it comes from, for a person to read. */
  readonly origin: string;
  /** Ends what the demo has started itself; a runtime that was there before is left alone. */
  end(): Promise<void>;
}

/** What a person can mend. */
export class RuntimeUnusable extends Error {
  override readonly name = 'RuntimeUnusable';
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = '3000';
const DEFAULT_HOME = '.relicense';
const PROBE_MILLISECONDS = 2_000;

/**
 * The running Relicense at RELICENSE_URL, or at PORT (3000) on this machine, with RELICENSE_TOKEN or the token that is kept
 * in RELICENSE_HOME. If there is none, one is started with a folder of its own.
 *
 * @throws RuntimeUnusable when RELICENSE_URL is set and cannot be used.
 */
export async function findRuntime(environment: Environment): Promise<FoundRuntime> {
  const asked = given(environment, 'RELICENSE_URL');
  const url = asked ?? `http://127.0.0.1:${given(environment, 'PORT') ?? DEFAULT_PORT}`;
  const token =
    given(environment, 'RELICENSE_TOKEN') ?? keptToken(given(environment, 'RELICENSE_HOME') ?? DEFAULT_HOME);
  const state = token === undefined ? await probe(url, '') : await probe(url, token);
  if (state === 'usable' && token !== undefined) {
    return { url, token, origin: 'was running already', end: async () => undefined };
  }
  if (asked !== undefined) throw new RuntimeUnusable(faultOf(asked, state));
  const started = await startOwn(environment);
  const foreign = state === 'unauthorized' ? `; the one at ${url} does not know our token` : '';
  return { ...started, origin: `started for this demo${foreign}` };
}

function given(environment: Environment, name: string): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

function keptToken(home: string): string | undefined {
  try {
    return readFileSync(join(resolve(home), 'token'), 'utf8').trim();
  } catch {
    // No runtime has ever been started there.
    return undefined;
  }
}

type Probed = 'usable' | 'unauthorized' | 'absent';

/** Whether a Relicense answers there, and knows the token. */
async function probe(url: string, token: string): Promise<Probed> {
  const signal = AbortSignal.timeout(PROBE_MILLISECONDS);
  try {
    const keys = await fetch(new URL('/.well-known/jwks.json', url), { signal });
    if (!keys.ok || !Array.isArray(((await keys.json()) as { keys?: unknown }).keys)) return 'absent';
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await fetch(new URL('/products?limit=1', url), { headers, signal });
    return status === 200 ? 'usable' : 'unauthorized';
  } catch {
    return 'absent';
  }
}

function faultOf(url: string, state: Probed): string {
  return state === 'unauthorized'
    ? `The Relicense at ${url} does not know the token. Set RELICENSE_TOKEN, or RELICENSE_HOME to its state folder.`
    : `No Relicense answers at ${url}. Start it with npm start, or leave RELICENSE_URL away: the demo starts its own.`;
}

async function startOwn(environment: Environment): Promise<Omit<FoundRuntime, 'origin'>> {
  const home = mkdtempSync(join(tmpdir(), 'relicense-demo-'));
  const token = `demo-${randomBytes(24).toString('base64url')}`;
  const clear = (): void => rmSync(home, { recursive: true, force: true });
  try {
    const child = await startChild({ ...environment, PORT: '0', RELICENSE_HOME: home, RELICENSE_TOKEN: token });
    const end = async (): Promise<void> => {
      await child.end();
      clear();
    };
    return { url: child.url, token, end };
  } catch (error) {
    clear();
    throw error;
  }
}
