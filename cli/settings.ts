import { isExposed, readServer } from '../protocol/server-address.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { type ConfigFile, configPath, readConfig } from './config-file.ts';
import type { Io } from './io.ts';

export type Source = 'option' | 'environment' | 'login';

interface Setting {
  readonly value: string;
  readonly from: Source;
}

/** The server and the token as they were found, not yet checked. */
export interface Settings {
  readonly server?: Setting | undefined;
  readonly token?: Setting | undefined;
  /** The file of `relicense login`; empty without a home folder. */
  readonly path: string;
}

/** Options take precedence over the environment, and both over the file of `relicense login`. */
export async function findSettings(
  io: Io,
  given: { readonly server?: string | undefined; readonly token?: string | undefined },
): Promise<Settings> {
  const path = configPath(io.env);
  const file = path === undefined ? undefined : await readConfig(path, (text) => io.err(text));
  const server =
    setting(given.server, 'option') ??
    setting(io.env.RELICENSE_SERVER, 'environment') ??
    setting(file?.server, 'login');
  const token = setting(given.token, 'option') ?? setting(io.env.RELICENSE_TOKEN, 'environment');
  return { server, token: token ?? savedToken(file, server), path: path ?? '' };
}

/** A saved token is sent only to the server it was saved for. */
function savedToken(file: ConfigFile | undefined, server: Setting | undefined): Setting | undefined {
  if (file === undefined || server === undefined || readServer(server.value) !== file.server) return undefined;
  return setting(file.token, 'login');
}

function setting(value: string | undefined, from: Source): Setting | undefined {
  // Shells and CI files unset a variable by setting it to an empty text.
  return value === undefined || value === '' ? undefined : { value, from };
}

/** Checks that both are there and valid. @throws UsageError that says what to do. */
export function requireSettings(
  { server, token }: Settings,
  io: Io,
): { readonly server: string; readonly token: string } {
  if (server === undefined) {
    throw new UsageError('No server: run relicense login, or set RELICENSE_SERVER and RELICENSE_TOKEN.');
  }
  const address = parseServer(server.value);
  if (token === undefined) {
    throw new UsageError(`No token for ${address}: run relicense login, or set RELICENSE_TOKEN.`);
  }
  if (isExposed(address)) io.err(`Warning: the token is sent to ${address} over plain http, so others can read it.\n`);
  return { server: address, token: parseToken(token.value) };
}

/** @throws UsageError */
export function parseServer(text: string): string {
  const address = readServer(text);
  if (address === undefined) {
    throw new UsageError(
      `Not a server address: ${escapeForTerminal(text)}. Give an address such as https://licenses.example.com.`,
    );
  }
  return address;
}

/** @throws UsageError */
export function parseToken(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new UsageError('Invalid token: only visible ASCII characters, no spaces.');
}

export const SOURCE_LABELS: Readonly<Record<Source, string>> = {
  option: 'from the option',
  environment: 'from the environment',
  login: 'from relicense login',
};
