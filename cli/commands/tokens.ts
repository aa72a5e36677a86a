import type { Answer, Item } from '../../client/index.ts';
import { SCOPES, type Scope } from '../../contract/scopes.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { formatEnd, formatTime } from '../format.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import { parseEnd, parseWholeNumber } from '../parse-values.ts';
import { LIMIT_OPTION, pageSize, parseLimit } from './list-options.ts';

const TOKENS: ListLayout<Item<'listTokens'>> = {
  columns: [
    'Token',
    { title: 'Name', narrowest: 10 },
    { title: 'Scopes', narrowest: 16 },
    'Expires',
    'Last used (UTC)',
  ],
  row: ({ id, name, scopes, expiresAt, lastUsedAt }) => [
    id,
    name,
    scopes.length === SCOPES.length ? 'all' : scopes.join(', '),
    expiresAt === undefined ? '' : formatEnd(expiresAt),
    lastUsedAt === undefined ? 'never' : formatTime(lastUsedAt),
  ],
  none: 'There are no tokens.',
};

const PER_MINUTE = { value: 'N', help: 'its own limit of requests per minute' } as const;
const ID = { name: 'TOKEN-ID', help: 'the token’s id; relicense tokens list shows it', completes: 'token' } as const;

const create = command('tokens create', {
  summary: 'create a token',
  about:
    'This command shows the token; no other command does, because the server stores only its hash. A token can create tokens with at most its own scopes.',
  options: {
    name: { value: 'TEXT', required: true, help: 'its purpose, such as erp' },
    scope: { value: 'SCOPE', required: true, many: true, help: 'what it may do', choices: [...SCOPES, 'all'] },
    expires: { value: 'TIME', help: 'when it expires; of a day, at its end in UTC' },
    'per-minute': PER_MINUTE,
  },
  examples: [
    'relicense tokens create --name erp --scope orders:write,orders:read',
    'relicense tokens create --name audit --scope licenses:read --expires 2037-01-31 --json',
  ],
  json: 'document',
  async run(given, session) {
    const wanted = given.list('scope');
    const scopes: Scope[] = wanted.includes('all') ? [...SCOPES] : SCOPES.filter((scope) => wanted.includes(scope));
    const body = {
      name: given.text('name') ?? '',
      scopes,
      expiresAt: parseEnd('expires', given.text('expires')),
      requestsPerMinute: parseWholeNumber('per-minute', given.text('per-minute')),
    };
    const made = await session.client().createToken({ body });
    printDocument(session, made, () =>
      fields([
        ['Id', escapeForTerminal(made.id)],
        ['Token', escapeForTerminal(made.token)],
      ]),
    );
    session.io.err('This is the only time that the token is shown.\n');
    return EXIT.done;
  },
});

const list = command('tokens list', {
  summary: 'list the tokens and their last use',
  options: LIMIT_OPTION,
  examples: ['relicense tokens list', 'relicense tokens list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    await printList(session, session.client().each('listTokens', { query: pageSize(limit) }), TOKENS, limit);
    return EXIT.done;
  },
});

const show = command('tokens show', {
  summary: 'show what a token may do and who created it',
  words: [ID],
  examples: ['relicense tokens show TOKEN-ID'],
  json: 'document',
  async run(given, session) {
    const token = await session.client().getToken({ params: { id: given.word(0) } });
    printDocument(session, token, () => formatToken(token));
    return EXIT.done;
  },
});

const change = command('tokens change', {
  summary: 'change the name or limit of a token',
  about: 'Settings that are not given stay as they are. The scopes of a token cannot be changed.',
  words: [ID],
  options: {
    name: { value: 'TEXT', help: 'its purpose' },
    'per-minute': PER_MINUTE,
    'no-limit': { help: 'remove its own limit; the server’s limit stays' },
  },
  examples: [
    'relicense tokens change TOKEN-ID --name "erp, test"',
    'relicense tokens change TOKEN-ID --per-minute 600 --json',
    'relicense tokens change TOKEN-ID --no-limit',
  ],
  json: 'document',
  async run(given, session) {
    const limit = parseWholeNumber('per-minute', given.text('per-minute'));
    if (limit !== undefined && given.is('no-limit')) throw new UsageError('Use --per-minute or --no-limit, not both.');
    const client = session.client();
    const params = { id: given.word(0) };
    const current = await client.getToken({ params });
    const currentLimit =
      given.is('no-limit') || current.requestsPerMinute === 0 ? undefined : current.requestsPerMinute;
    const body = { name: given.text('name') ?? current.name, requestsPerMinute: limit ?? currentLimit };
    const token = await client.putToken({ params, body });
    printDocument(session, token, () => formatToken(token));
    return EXIT.done;
  },
});

function formatToken(token: Answer<'getToken'>): string {
  const { id, name, scopes, createdAt, createdBy, expiresAt, lastUsedAt, requestsPerMinute } = token;
  const creator = createdBy === undefined ? '' : `, by ${createdBy.kind} ${createdBy.name ?? createdBy.id}`;
  return fields([
    ['Id', escapeForTerminal(id)],
    ['Name', escapeForTerminal(name)],
    ['Scopes', scopes.length === SCOPES.length ? 'all' : scopes.join(', ')],
    ['Limit', requestsPerMinute === undefined ? '' : formatLimit(requestsPerMinute)],
    ['Created', escapeForTerminal(`${formatTime(createdAt)} UTC${creator}`)],
    ['Expires', expiresAt === undefined ? '' : `${formatEnd(expiresAt)} UTC`],
    ['Last used', lastUsedAt === undefined ? 'never' : `${formatTime(lastUsedAt)} UTC`],
  ]);
}

function formatLimit(requestsPerMinute: number): string {
  return requestsPerMinute === 0 ? 'none' : `${requestsPerMinute} requests per minute`;
}

const revoke = command('tokens revoke', {
  summary: 'revoke a token at once',
  words: [ID],
  examples: ['relicense tokens revoke TOKEN-ID'],
  json: 'document',
  async run(given, session) {
    const answer = await session.client().revokeToken({ params: { id: given.word(0) } });
    printDocument(session, answer, () => 'Revoked.');
    return EXIT.done;
  },
});

export const TOKEN_COMMANDS = [create, list, show, change, revoke];
