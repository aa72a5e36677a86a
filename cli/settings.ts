import { isExposed, readServer } from '../protocol/server-address.ts';
import { escapeForTerminal } from '../terminal/text.ts';
import { type ConfigFile, configPath, readConfig } from './config-file.ts';
import { type Io, UsageError } from './io.ts';

export type Source = 'option' | 'environment' | 'login';

interface Setting {
  readonly value: string;
  readonly from: Source;
}

/** What is known of the server and of the token, without any of it being used yet. */
export interface Known {
  readonly server?: Setting | undefined;
  readonly token?: Setting | undefined;
  /** Where `relicense login` keeps what it knows. */
  readonly path: string;
}

/** An option comes before the environment, and that before the file of `relicense login`. */
export async function findSettings(
  io: Io,
  given: { readonly server?: string | undefined; readonly token?: string | undefined },
): Promise<Known> {
  const path = configPath(io.env);
  const file = path === undefined ? undefined : await readConfig(path, (text) => io.err(text));
  const server =
    setting(given.server, 'option') ??
    setting(io.env.RELICENSE_SERVER, 'environment') ??
    setting(file?.server, 'login');
  const token = setting(given.token, 'option') ?? setting(io.env.RELICENSE_TOKEN, 'environment');
  return { server, token: token ?? kept(file, server), path: path ?? '' };
}

/** A token is told to the server that it was kept for, and to no other one. */
function kept(file: ConfigFile | undefined, server: Setting | undefined): Setting | undefined {
  if (file === undefined || server === undefined || readServer(server.value) !== file.server) return undefined;
  return setting(file.token, 'login');
}

function setting(value: string | undefined, from: Source): Setting | undefined {
  // A variable that is set to nothing is how shells and CI files unset one.
  return value === undefined || value === '' ? undefined : { value, from };
}

/** @throws UsageError that says what to do. */
export function usable({ server, token }: Known, io: Io): { readonly server: string; readonly token: string } {
  if (server === undefined) {
    throw new UsageError('No server is known: relicense login, or set RELICENSE_SERVER and RELICENSE_TOKEN.');
  }
  const address = serverAddress(server.value);
  if (token === undefined) {
    throw new UsageError(`No token is known for ${address}: relicense login, or set RELICENSE_TOKEN.`);
  }
  if (isExposed(address)) io.err(`Warning: the token travels to ${address} by plain http, for everybody to read.\n`);
  return { server: address, token: tokenText(token.value) };
}

export function serverAddress(text: string): string {
  const address = readServer(text);
  if (address === undefined) {
    throw new UsageError(`${escapeForTerminal(text)} is no server address, such as https://licenses.example.com.`);
  }
  return address;
}

export function tokenText(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new UsageError('The token is none: it has visible ASCII characters and no spaces.');
}

export const SOURCE_IN_WORDS: Readonly<Record<Source, string>> = {
  option: 'as given',
  environment: 'from the environment',
  login: 'from relicense login',
};
