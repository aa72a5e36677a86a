import { createClient, ProblemError } from '../../client/index.ts';
import { isExposed } from '../../protocol/server-address.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { deleteConfig, writeConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import { printDocument } from '../output.ts';
import { parseServer, parseToken, requireSettings, SOURCE_LABELS } from '../settings.ts';

const MAX_TOKEN_BYTES = 4_096;

const login = command('login', {
  summary: 'save a server and a token for all other commands',
  about:
    'Asks for the server and the token if they are not given. Without a terminal it reads the token from standard input, so that the list of processes does not show it. A valid token is saved in a file of mode 0600: $XDG_CONFIG_HOME/relicense/config.json.',
  options: { 'allow-http': { help: 'send the token over plain http to another machine, although others can read it' } },
  examples: [
    'relicense login --server http://127.0.0.1:3000 --token "$TOKEN"',
    'printenv TOKEN | relicense login --server http://127.0.0.1:3000',
  ],
  async run(given, { io, settings }) {
    const typed = settings.server?.from === 'login' ? undefined : settings.server?.value;
    const server = parseServer(typed ?? (await askForServer(io)));
    if (isExposed(server) && !given.is('allow-http')) {
      throw new UsageError(`Others could read the token on its way to ${server}: use https, or add --allow-http.`);
    }
    const givenToken = settings.token?.from === 'login' ? undefined : settings.token?.value;
    const token = parseToken(givenToken ?? (await readToken(io)));
    if (settings.path === '') throw new UsageError('No home folder to save the token in: set XDG_CONFIG_HOME.');
    await checkToken(server, token, io);
    await writeConfig(settings.path, { server, token });
    io.err(`Logged in to ${server}; saved in ${escapeForTerminal(settings.path)}.\n`);
    return EXIT.done;
  },
});

async function askForServer(io: Io): Promise<string> {
  if (!io.stdin.isTerminal) throw new UsageError('Missing --server URL.');
  return (await io.stdin.ask('Server: ')).trim();
}

async function readToken(io: Io): Promise<string> {
  if (io.stdin.isTerminal) return (await io.stdin.ask('Token (not shown): ', { hidden: true })).trim();
  return new TextDecoder().decode(await io.stdin.read(MAX_TOKEN_BYTES)).trim();
}

/** Any scopes will do. @throws ProblemError when the server does not accept the token. */
async function checkToken(server: string, token: string, io: Io): Promise<void> {
  const client = createClient({ server, token, signal: io.signal, fetch: io.fetch, attempts: 2 });
  try {
    await client.listProducts({ query: { limit: 1 } });
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'forbidden') throw error;
  }
}

const logout = command('logout', {
  summary: 'delete the saved server and token',
  about: 'The token itself stays valid; relicense tokens revoke ends it.',
  examples: ['relicense logout'],
  async run(_, { io, settings }) {
    const was = settings.path !== '' && (await deleteConfig(settings.path));
    io.err(was ? 'Logged out.\n' : 'You were not logged in.\n');
    return EXIT.done;
  },
});

const status = command('status', {
  summary: 'show the server and the token in use, and check them',
  examples: ['relicense status', 'relicense status --json'],
  json: 'document',
  async run(_, session) {
    const { settings, io } = session;
    const { server, token } = requireSettings(settings, io);
    await checkToken(server, token, io);
    const from = { server: settings.server?.from ?? 'option', token: settings.token?.from ?? 'option' };
    printDocument(session, { server, from }, () =>
      fields([
        ['Server', `${server} (${SOURCE_LABELS[from.server]})`],
        ['Token', `accepted (${SOURCE_LABELS[from.token]})`],
      ]),
    );
    return EXIT.done;
  },
});

export const LOGIN_COMMANDS = [login, logout, status];
