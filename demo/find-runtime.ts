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
  /** Where it comes from, for a person to read. */
  readonly origin: string;
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
 * The running Relicense at RELICENSE_URL, or that of RELICENSE_HOME, or at PORT (3000) on this machine, with RELICENSE_TOKEN or the
 * token that is kept in RELICENSE_HOME. If there is none, one is started with a folder of its own.
 *
 * @throws RuntimeUnusable when RELICENSE_URL is set and cannot be used.
 */
export async function findRuntime(environment: Environment, leftovers: Leftovers): Promise<FoundRuntime> {
  const asked = given(environment, 'RELICENSE_URL');
  const home = given(environment, 'RELICENSE_HOME') ?? DEFAULT_HOME;
  const url = asked ?? addressIn(home) ?? `http://127.0.0.1:${given(environment, 'PORT') ?? DEFAULT_PORT}`;
  const token = given(environment, 'RELICENSE_TOKEN') ?? keptToken(home);
  const state = token === undefined ? await probe(url, '') : await probe(url, token);
  if (state === 'usable' && token !== undefined) {
    return { url, token, origin: 'was running already' };
  }
  if (asked !== undefined) throw new RuntimeUnusable(faultOf(asked, state));
  const started = await startOwn(environment, leftovers);
  const foreign = state === 'unauthorized' ? `; the one at ${url} does not know our token` : '';
  return { ...started, origin: `started for this demo${foreign}` };
}

function given(environment: Environment, name: string): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

/** The address of the runtime that uses this home now, on whatever port. */
function addressIn(home: string): string | undefined {
  try {
    const { url } = JSON.parse(readFileSync(join(resolve(home), 'engine.json'), 'utf8')) as { readonly url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    // No runtime is running there.
    return undefined;
  }
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

async function startOwn(environment: Environment, leftovers: Leftovers): Promise<Omit<FoundRuntime, 'origin'>> {
  const home = mkdtempSync(join(tmpdir(), 'relicense-demo-'));
  const token = `demo-${randomBytes(24).toString('base64url')}`;
  leftovers.add(() => rmSync(home, { recursive: true, force: true }));
  const own = { ...environment, PORT: '0', RELICENSE_HOME: home, RELICENSE_TOKEN: token };
  return { url: (await startChild(own, leftovers)).url, token };
}
