import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startChild } from './child-runtime.ts';
import type { Leftovers } from './leftovers.ts';

/** The vendor's side that the demo talks to. */
export interface FoundRuntime {
  readonly url: string;
  readonly token: string;
  /** How the demo found it, for the printed page. */
  readonly origin: string;
}

/** A wrong setting, which the person who runs the demo can correct. */
export class RuntimeUnusable extends Error {
  override readonly name = 'RuntimeUnusable';
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = '3000';
const DEFAULT_HOME = '.relicense';
const PROBE_MILLISECONDS = 2_000;

/**
 * Returns the running Relicense at RELICENSE_URL, else the one that uses RELICENSE_HOME, else the one at PORT (3000) on this
 * machine. The token is RELICENSE_TOKEN, or the one stored in RELICENSE_HOME. If no Relicense answers, starts one with a
 * temporary folder.
 *
 * @throws RuntimeUnusable when RELICENSE_URL is set and cannot be used.
 */
export async function findRuntime(environment: Environment, leftovers: Leftovers): Promise<FoundRuntime> {
  const requested = setting(environment, 'RELICENSE_URL');
  const home = setting(environment, 'RELICENSE_HOME') ?? DEFAULT_HOME;
  const url = requested ?? addressIn(home) ?? `http://127.0.0.1:${setting(environment, 'PORT') ?? DEFAULT_PORT}`;
  const token = setting(environment, 'RELICENSE_TOKEN') ?? storedToken(home);
  const state = token === undefined ? await probe(url, '') : await probe(url, token);
  if (state === 'usable' && token !== undefined) {
    return { url, token, origin: 'was already running' };
  }
  if (requested !== undefined) throw new RuntimeUnusable(faultOf(requested, state));
  const started = await startOwn(environment, leftovers);
  const refusal = state === 'unauthorized' ? `; the server at ${url} does not accept the token` : '';
  return { ...started, origin: `started for this demo${refusal}` };
}

function setting(environment: Environment, name: string): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

/** The address of the runtime that uses this home now, on whatever port. */
function addressIn(home: string): string | undefined {
  try {
    const { url } = JSON.parse(readFileSync(join(resolve(home), 'running.json'), 'utf8')) as { readonly url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    // No runtime is running there.
    return undefined;
  }
}

function storedToken(home: string): string | undefined {
  try {
    return readFileSync(join(resolve(home), 'token'), 'utf8').trim();
  } catch {
    // No runtime has stored a token there.
    return undefined;
  }
}

type Probed = 'usable' | 'unauthorized' | 'absent';

/** Finds out whether a Relicense answers at this address and accepts the token. */
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
    ? `The Relicense at ${url} does not accept the token. Set RELICENSE_TOKEN, or set RELICENSE_HOME to its state folder.`
    : `No Relicense answers at ${url}. Start one with npm start, or unset RELICENSE_URL: the demo then starts its own.`;
}

async function startOwn(environment: Environment, leftovers: Leftovers): Promise<Omit<FoundRuntime, 'origin'>> {
  const home = mkdtempSync(join(tmpdir(), 'relicense-demo-'));
  const token = `demo-${randomBytes(24).toString('base64url')}`;
  leftovers.add(() => rmSync(home, { recursive: true, force: true }));
  const own = { ...environment, PORT: '0', RELICENSE_HOME: home, RELICENSE_TOKEN: token };
  return { url: (await startChild(own, leftovers)).url, token };
}
