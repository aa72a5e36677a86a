import { createClient, ProblemError } from '../../client/index.ts';
import { isExposed } from '../../protocol/server-address.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { command } from '../command.ts';
import { deleteConfig, writeConfig } from '../config-file.ts';
import { EXIT } from '../exit.ts';
import { type Io, UsageError } from '../io.ts';
import { printDocument } from '../output.ts';
import { SOURCE_IN_WORDS, serverAddress, tokenText } from '../settings.ts';

const MAX_TOKEN_BYTES = 4_096;

const login = command('login', {
  summary: 'keep a server and a token for all other commands',
  about:
    'What is not given is asked for; where nobody can be asked, the token is read from standard input, so that it stands in no list of processes. The token is tried before it is kept, in a file of mode 0600: $XDG_CONFIG_HOME/relicense/config.json.',
  options: { 'allow-http': { help: 'send the token over plain http to another machine, where others can read it' } },
  examples: [
    'relicense login --server http://127.0.0.1:3000 --token "$TOKEN"',
    'printenv TOKEN | relicense login --server http://127.0.0.1:3000',
  ],
  async run(given, { io, known }) {
    const typed = known.server?.from === 'login' ? undefined : known.server?.value;
    const server = serverAddress(typed ?? (await asked(io, 'Server: ')));
    if (isExposed(server) && !given.is('allow-http')) {
      throw new UsageError(`The token could be read on its way to ${server}: use https, or --allow-http.`);
    }
    const token = tokenText(
      known.token?.from === 'login' ? await tokenFrom(io) : (known.token?.value ?? (await tokenFrom(io))),
    );
    if (known.path === '') throw new UsageError('There is no home folder to keep it in: set XDG_CONFIG_HOME.');
    await tried(server, token, io);
    await writeConfig(known.path, { server, token });
    io.err(`Logged in to ${server}; kept in ${escapeForTerminal(known.path)}.\n`);
    return EXIT.done;
  },
});

async function asked(io: Io, question: string): Promise<string> {
  if (!io.stdin.isTerminal) throw new UsageError('Say --server URL.');
  return (await io.stdin.ask(question)).trim();
}

async function tokenFrom(io: Io): Promise<string> {
  if (io.stdin.isTerminal) return (await io.stdin.ask('Token (not shown): ', { hidden: true })).trim();
  return new TextDecoder().decode(await io.stdin.read(MAX_TOKEN_BYTES)).trim();
}

/** A token of few scopes is as good as any: only one that the server does not know is refused. */
async function tried(server: string, token: string, io: Io): Promise<void> {
  const client = createClient({ server, token, signal: io.signal, fetch: io.fetch, attempts: 2 });
  try {
    await client.listProducts({ query: { limit: 1 } });
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'forbidden') throw error;
  }
}

const logout = command('logout', {
  summary: 'forget the server and the token',
  about: 'The token itself stays valid: relicense tokens revoke ends it.',
  examples: ['relicense logout'],
  async run(_, { io, known }) {
    const was = known.path !== '' && (await deleteConfig(known.path));
    io.err(was ? 'Logged out.\n' : 'Nobody was logged in.\n');
    return EXIT.done;
  },
});

const status = command('status', {
  summary: 'which server is asked, with which token, and whether they work',
  examples: ['relicense status', 'relicense status --json'],
  json: 'document',
  async run(_, session) {
    const { known, io } = session;
    session.client();
    const server = serverAddress(known.server?.value ?? '');
    await tried(server, known.token?.value ?? '', io);
    const from = { server: known.server?.from ?? 'option', token: known.token?.from ?? 'option' };
    printDocument(session, { server, from }, () =>
      fields([
        ['Server', `${server} (${SOURCE_IN_WORDS[from.server]})`],
        ['Token', `accepted (${SOURCE_IN_WORDS[from.token]})`],
      ]),
    );
    return EXIT.done;
  },
});

export const LOGIN_COMMANDS = [login, logout, status];
