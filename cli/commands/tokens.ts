import type { Answer, Item } from '../../client/index.ts';
import { SCOPES, type Scope } from '../../contract/scopes.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { UsageError } from '../io.ts';
import { timeOf, wholeNumber } from '../numbers-and-times.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import { formatTime } from '../words.ts';
import { LIMIT_OPTION, limitOf, pageSize } from './list-options.ts';

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
    formatTime(expiresAt),
    lastUsedAt === undefined ? 'never' : formatTime(lastUsedAt),
  ],
  none: 'There are none.',
};

const PER_MINUTE = { value: 'N', help: 'its own limit of requests in a minute' } as const;
const ID = { name: 'TOKEN-ID', help: 'the token’s id, as the list shows it', completes: 'token' } as const;

const create = command('tokens create', {
  summary: 'make a token',
  about: 'It is shown this once: only its hash is kept. A token can grant what it may do itself, and no more.',
  options: {
    name: { value: 'TEXT', required: true, help: 'what it is for, such as erp' },
    scope: { value: 'SCOPE', required: true, many: true, help: 'what it may do', choices: [...SCOPES, 'all'] },
    expires: { value: 'TIME', help: 'ends then; a day means its beginning, in UTC' },
    'per-minute': PER_MINUTE,
  },
  examples: [
    'relicense tokens create --name erp --scope orders:write,orders:read',
    'relicense tokens create --name audit --scope licenses:read --expires 2037-01-31 --json',
  ],
  json: 'document',
  async run(given, session) {
    const asked = given.list('scope');
    const scopes: Scope[] = asked.includes('all') ? [...SCOPES] : SCOPES.filter((scope) => asked.includes(scope));
    const body = {
      name: given.text('name') ?? '',
      scopes,
      expiresAt: timeOf('expires', given.text('expires')),
      requestsPerMinute: wholeNumber('per-minute', given.text('per-minute')),
    };
    const made = await session.client().createToken({ body });
    printDocument(session, made, () =>
      fields([
        ['Id', escapeForTerminal(made.id)],
        ['Token', escapeForTerminal(made.token)],
      ]),
    );
    session.io.err('The token is shown only now.\n');
    return EXIT.done;
  },
});

const list = command('tokens list', {
  summary: 'list the tokens and when each was last used',
  options: LIMIT_OPTION,
  examples: ['relicense tokens list', 'relicense tokens list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = limitOf(given);
    await printList(session, session.client().each('listTokens', { query: pageSize(limit) }), TOKENS, limit);
    return EXIT.done;
  },
});

const show = command('tokens show', {
  summary: 'show what a token may do, and who made it',
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
  summary: 'give a token another name or limit',
  about: 'What is not named stays as it is. What a token may do is settled when it is made.',
  words: [ID],
  options: {
    name: { value: 'TEXT', help: 'what it is for' },
    'per-minute': PER_MINUTE,
    'no-limit': { help: 'take its own limit away; the server’s is left' },
  },
  examples: [
    'relicense tokens change TOKEN-ID --name "erp, test"',
    'relicense tokens change TOKEN-ID --per-minute 600 --json',
    'relicense tokens change TOKEN-ID --no-limit',
  ],
  json: 'document',
  async run(given, session) {
    const limit = wholeNumber('per-minute', given.text('per-minute'));
    if (limit !== undefined && given.is('no-limit')) throw new UsageError('Say --per-minute or --no-limit, not both.');
    const client = session.client();
    const params = { id: given.word(0) };
    const known = await client.getToken({ params });
    const kept = given.is('no-limit') || known.requestsPerMinute === 0 ? undefined : known.requestsPerMinute;
    const body = { name: given.text('name') ?? known.name, requestsPerMinute: limit ?? kept };
    const token = await client.putToken({ params, body });
    printDocument(session, token, () => formatToken(token));
    return EXIT.done;
  },
});

function formatToken(token: Answer<'getToken'>): string {
  const { id, name, scopes, createdAt, createdBy, expiresAt, lastUsedAt, requestsPerMinute } = token;
  const maker = createdBy === undefined ? '' : `, by ${createdBy.kind} ${createdBy.name ?? createdBy.id}`;
  return fields([
    ['Id', escapeForTerminal(id)],
    ['Name', escapeForTerminal(name)],
    ['Scopes', scopes.length === SCOPES.length ? 'all' : scopes.join(', ')],
    ['Limit', requestsPerMinute === undefined ? '' : formatLimit(requestsPerMinute)],
    ['Created', escapeForTerminal(`${formatTime(createdAt)} UTC${maker}`)],
    ['Expires', expiresAt === undefined ? '' : `${formatTime(expiresAt)} UTC`],
    ['Last used', lastUsedAt === undefined ? 'never' : `${formatTime(lastUsedAt)} UTC`],
  ]);
}

function formatLimit(requestsPerMinute: number): string {
  return requestsPerMinute === 0 ? 'none' : `${requestsPerMinute} requests in a minute`;
}

const revoke = command('tokens revoke', {
  summary: 'end a token, at once',
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
