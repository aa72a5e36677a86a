import type { Answer, Item, Request } from '../../client/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { readTagged } from '../entity-tag.ts';
import { formatTime } from '../format.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import type { Session } from '../session.ts';
import { pageSize, parseLimit, parseOrder, SORTED_OPTIONS } from './list-options.ts';

type Endpoint = Answer<'getEventEndpoint'>;
type Health = Endpoint['health'];
type EndpointBody = Request<'putEventEndpoint'>['body'];
type Types = NonNullable<EndpointBody['types']>;

const ENDPOINT = { name: 'ENDPOINT', help: 'the endpoint’s id', completes: 'endpoint' } as const;

const ENDPOINTS: ListLayout<Endpoint> = {
  columns: [
    'Endpoint',
    'Status',
    { title: 'Health (UTC)', narrowest: 20 },
    { title: 'URL', narrowest: 16 },
    { title: 'Types', narrowest: 10 },
    { title: 'Description', narrowest: 10 },
  ],
  row: (endpoint) => [
    endpoint.id,
    statusOf(endpoint),
    formatHealth(endpoint.health),
    endpoint.url,
    endpoint.types?.join(', ') ?? 'all',
    endpoint.description ?? '',
  ],
  none: 'There are no endpoints: no events are sent.',
};

const TYPE = {
  value: 'TYPE',
  many: true,
  help: 'send only these events, such as license.* or container.diverged',
} as const;
const DESCRIPTION = { value: 'TEXT', help: 'what it is for' } as const;

const add = command('events endpoints add', {
  summary: 'register an endpoint for events',
  about: 'This command shows its signing secret; no other command does.',
  words: [{ name: 'URL', help: 'where events are sent (Standard Webhooks)' }],
  options: { type: TYPE, description: DESCRIPTION },
  examples: [
    'relicense events endpoints add https://shop.example.com/relicense',
    'relicense events endpoints add https://shop.example.com/licenses --type "license.*,container.diverged" --json',
  ],
  json: 'document',
  async run(given, session) {
    const types = parseTypes(given.list('type'));
    const body = { url: given.word(0), types, description: given.text('description') };
    printSecret(session, await session.client().createEventEndpoint({ body }));
    return EXIT.done;
  },
});

const list = command('events endpoints list', {
  summary: 'list the endpoints, with the health of each',
  examples: ['relicense events endpoints list'],
  json: 'lines',
  async run(_, session) {
    const { items } = await session.client().listEventEndpoints();
    await printList(session, items, ENDPOINTS, { limit: items.length });
    return EXIT.done;
  },
});

const show = command('events endpoints show', {
  summary: 'show an endpoint, its health and the result of its last ping',
  about:
    'Health: failing (the last attempt failed), retrying (it succeeded, but events that failed before wait), healthy, or untried.',
  words: [ENDPOINT],
  examples: ['relicense events endpoints show ENDPOINT'],
  json: 'document',
  async run(given, session) {
    const endpoint = await session.client().getEventEndpoint({ params: { id: given.word(0) } });
    printDocument(session, endpoint, () => formatEndpoint(endpoint));
    return EXIT.done;
  },
});

const change = command('events endpoints change', {
  summary: 'change an endpoint, or switch it off or on',
  about: 'Settings that are not given stay as they are. An endpoint that answered 410 is off until you switch it on.',
  words: [ENDPOINT],
  options: {
    url: { value: 'URL', help: 'where events are sent' },
    type: TYPE,
    'all-types': { help: 'send every event' },
    description: DESCRIPTION,
    enable: { help: 'send events' },
    disable: { help: 'send no events until it is enabled again' },
  },
  examples: [
    'relicense events endpoints change ENDPOINT --disable',
    'relicense events endpoints change ENDPOINT --enable --all-types --description "the shop"',
  ],
  json: 'document',
  async run(given, session) {
    if (given.is('enable') && given.is('disable')) throw new UsageError('Use --enable or --disable, not both.');
    const types = parseTypes(given.list('type'));
    if (types !== undefined && given.is('all-types')) throw new UsageError('Use --type or --all-types, not both.');
    const client = session.client();
    const params = { id: given.word(0) };
    const { value: current, unchanged } = await readTagged((options) => client.getEventEndpoint({ params }, options));
    const currentTypes = given.is('all-types') || current.types === undefined ? undefined : [...current.types];
    const enabled = given.is('enable') ? true : given.is('disable') ? false : undefined;
    const body: EndpointBody = {
      url: given.text('url') ?? current.url,
      types: types ?? currentTypes,
      description: given.text('description') ?? current.description,
      enabled,
    };
    const endpoint = await client.putEventEndpoint({ params, body }, unchanged);
    printDocument(session, endpoint, () => formatEndpoint(endpoint));
    return EXIT.done;
  },
});

const rotate = command('events endpoints rotate', {
  summary: 'make a new signing secret; for one day both sign',
  words: [ENDPOINT],
  examples: ['relicense events endpoints rotate ENDPOINT'],
  json: 'document',
  async run(given, session) {
    printSecret(session, await session.client().rotateEventSecret({ params: { id: given.word(0) } }));
    return EXIT.done;
  },
});

const ping = command('events endpoints ping', {
  summary: 'send one test event',
  about: 'relicense events endpoints show shows the result.',
  words: [ENDPOINT],
  examples: ['relicense events endpoints ping ENDPOINT'],
  json: 'document',
  async run(given, session) {
    const queued = await session.client().pingEventEndpoint({ params: { id: given.word(0) } });
    printDocument(
      session,
      queued,
      () => `Queued as ${queued.id}. The result: relicense events endpoints show ${given.word(0)}`,
    );
    return EXIT.done;
  },
});

const remove = command('events endpoints delete', {
  summary: 'delete an endpoint, its secret and its dead letters',
  words: [ENDPOINT],
  options: YES_OPTION,
  examples: ['relicense events endpoints delete ENDPOINT --yes'],
  json: 'document',
  async run(given, session) {
    const question = `Delete the endpoint ${given.word(0)}?`;
    if (!(await confirm(given, session, question))) return EXIT.unconfirmed;
    const answer = await session.client().deleteEventEndpoint({ params: { id: given.word(0) } });
    printDocument(session, answer, () => 'Deleted.');
    return EXIT.done;
  },
});

const DEAD_LETTERS: ListLayout<Item<'listDeadLetters'>> = {
  columns: ['Event', 'Type', 'Happened (UTC)', 'Given up (UTC)', 'Attempts', { title: 'Error', narrowest: 12 }],
  row: ({ id, type, at, diedAt, attempts, error }) => [
    id,
    type,
    formatTime(at),
    formatTime(diedAt),
    String(attempts),
    error ?? '',
  ],
  none: 'There are no dead letters: every event was delivered or is still being retried.',
};

const deadLetters = command('events dead-letters', {
  summary: 'list the events that could not be delivered to an endpoint',
  words: [ENDPOINT],
  options: SORTED_OPTIONS,
  examples: ['relicense events dead-letters ENDPOINT'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const params = { id: given.word(0) };
    await printList(
      session,
      session.client().each('listDeadLetters', { params, query: { order: parseOrder(given), ...pageSize(limit) } }),
      DEAD_LETTERS,
      limit,
    );
    return EXIT.done;
  },
});

const replay = command('events replay', {
  summary: 'resend one dead letter, or all of an endpoint',
  words: [ENDPOINT, { name: 'EVENT', optional: true, help: 'the event’s id; default: all, oldest first' }],
  examples: ['relicense events replay ENDPOINT', 'relicense events replay ENDPOINT EVENT'],
  json: 'document',
  async run(given, session) {
    const client = session.client();
    const id = given.word(0);
    const [, event] = given.words;
    if (event !== undefined) {
      const queued = await client.replayDeadLetter({ params: { id, event } });
      printDocument(session, queued, () => `${escapeForTerminal(event)} is queued again.`);
      return EXIT.done;
    }
    let replayed = 0;
    for (let more = true; more; ) {
      const queued = await client.replayDeadLetters({ params: { id } });
      replayed += queued.replayed;
      // A round that replays nothing would repeat for ever.
      more = queued.more && queued.replayed > 0;
    }
    const answer = { status: 'queued', replayed };
    printDocument(session, answer, () => `${pluralize(replayed, 'event')} queued again.`);
    return EXIT.done;
  },
});

const retry = command('events retry', {
  summary: 'send the waiting events of an endpoint now',
  about:
    'Use it after the receiver was repaired: the events are sent at once instead of at their next try. relicense events endpoints show shows how many wait.',
  words: [ENDPOINT],
  examples: ['relicense events retry ENDPOINT'],
  json: 'document',
  async run(given, session) {
    const queued = await session.client().retryWaitingEvents({ params: { id: given.word(0) } });
    printDocument(session, queued, () =>
      queued.events === 0 ? 'No events wait.' : `${pluralize(queued.events, 'event')} queued to be sent now.`,
    );
    if (queued.more) session.io.err('More events wait. Repeat this command when these are delivered.\n');
    return queued.events === 0 ? EXIT.nothing : EXIT.done;
  },
});

function parseTypes(types: readonly string[]): Types | undefined {
  // The server validates the types.
  return types.length === 0 ? undefined : ([...types] as Types);
}

function utc(time: string | undefined): string {
  return time === undefined ? '' : `${formatTime(time)} UTC`;
}

function statusOf({ status, disabled }: Endpoint): string {
  return disabled === undefined ? status : `${status}, ${disabled.cause === 'gone' ? 'it answered 410' : 'by you'}`;
}

/** A phrase: `failing since 2026-11-30 08:00:04, 12 events wait, next try at 2026-11-30 13:10:44`. Times are UTC. */
function formatHealth({ status, failingSince, backlog, nextAttemptAt, deadLetters }: Health): string {
  return [
    failingSince === undefined ? status : `${status} since ${formatTime(failingSince)}`,
    ...(backlog.events === 0 ? [] : [`${formatCount(backlog)} ${backlog.events === 1 ? 'waits' : 'wait'}`]),
    ...(nextAttemptAt === undefined ? [] : [`next try at ${formatTime(nextAttemptAt)}`]),
    ...(deadLetters.events === 0 ? [] : [`${formatCount(deadLetters)} given up`]),
  ].join(', ');
}

function formatCount({ events, atLeast }: Health['deadLetters']): string {
  return `${atLeast === true ? 'more than ' : ''}${pluralize(events, 'event')}`;
}

function formatEndpoint(endpoint: Endpoint): string {
  const { id, url, types, description, createdAt, health, lastPing, disabled } = endpoint;
  const { failingSince, lastSuccessAt, lastError, backlog, nextAttemptAt, deadLetters } = health;
  const ping = lastPing === undefined ? '' : `${lastPing.outcome} at ${utc(lastPing.at)}`;
  return fields([
    ['Endpoint', escapeForTerminal(id)],
    ['URL', escapeForTerminal(url)],
    ['Status', statusOf(endpoint)],
    ['Since', utc(disabled?.at)],
    ['Types', escapeForTerminal(types?.join(', ') ?? 'all')],
    ['Description', escapeForTerminal(description ?? '')],
    ['Created', utc(createdAt)],
    ['Health', failingSince === undefined ? health.status : `failing since ${utc(failingSince)}`],
    ['Last success', utc(lastSuccessAt)],
    ['Last error', lastError && `${utc(lastError.at)}: ${escapeForTerminal(lastError.error)}`],
    ['Backlog', backlog.since && `${formatCount(backlog)}, the oldest of ${utc(backlog.since)}`],
    ['Next try', utc(nextAttemptAt)],
    ['Dead letters', deadLetters.events === 0 ? 'none' : formatCount(deadLetters)],
    ['Last ping', escapeForTerminal(lastPing?.error === undefined ? ping : `${ping}: ${lastPing.error}`)],
  ]);
}

function printSecret(session: Session, endpoint: Answer<'createEventEndpoint'>): void {
  printDocument(
    session,
    endpoint,
    () => `${formatEndpoint(endpoint)}\n${fields([['Secret', escapeForTerminal(endpoint.secret)]])}`,
  );
  session.io.err('This is the only time that the secret is shown.\n');
}

export const EVENT_COMMANDS = [add, list, show, change, rotate, ping, remove, retry, deadLetters, replay];
