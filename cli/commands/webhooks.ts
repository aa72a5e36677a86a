import type { Answer, Item } from '../../client/index.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { command, type ParsedArguments } from '../command.ts';
import { EXIT } from '../exit.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import { wordsOrInput } from '../read-file.ts';
import { runForEach } from '../several.ts';
import { formatTime } from '../words.ts';
import { LIMIT_OPTION, limitOf, pageSize } from './list-options.ts';

type Webhook = Answer<'getWebhook'>;

const STATES = ['failed', 'waiting', 'done', 'ignored'] as const;
const SOURCES = ['erp', 'shopify', 'stripe'] as const;
const SOURCE = { value: 'SOURCE', help: 'of whom', choices: SOURCES } as const;

function sourceOf(given: ParsedArguments<'source'>): (typeof SOURCES)[number] | undefined {
  return SOURCES.find((source) => source === given.text('source'));
}

const WEBHOOK = { name: 'WEBHOOK', help: 'the webhook’s id', completes: 'webhook' } as const;

const WEBHOOKS: ListLayout<Item<'listWebhooks'>> = {
  columns: ['Webhook', 'From', 'State', 'Received (UTC)', { title: 'Problem', narrowest: 16 }],
  row: ({ id, source, state, receivedAt, problem }) => [
    id,
    source,
    state,
    formatTime(receivedAt),
    problem?.detail ?? '',
  ],
  none: 'There are none.',
};

const list = command('webhooks list', {
  summary: 'list webhooks of the ERP and of the shops',
  options: {
    state: { value: 'STATE', help: 'failed unless said; waiting is for an order that it cancels', choices: STATES },
    source: SOURCE,
    ...LIMIT_OPTION,
  },
  examples: ['relicense webhooks list', 'relicense webhooks list --state done --limit 10'],
  json: 'lines',
  async run(given, session) {
    const limit = limitOf(given);
    const query = {
      state: STATES.find((state) => state === given.text('state')),
      source: sourceOf(given),
      ...pageSize(limit),
    };
    await printList(session, session.client().each('listWebhooks', { query }), WEBHOOKS, limit);
    return EXIT.done;
  },
});

const show = command('webhooks show', {
  summary: 'show what came and what came of it',
  words: [WEBHOOK],
  examples: ['relicense webhooks show WEBHOOK'],
  json: 'document',
  async run(given, session) {
    const webhook = await session.client().getWebhook({ params: { id: given.word(0) } });
    printDocument(session, webhook, () => formatWebhook(webhook));
    return EXIT.done;
  },
});

const replay = command('webhooks replay', {
  summary: 'do again what has failed, once its cause is mended',
  words: [{ ...WEBHOOK, help: 'the webhooks’ ids; a single - reads them from standard input', many: true }],
  examples: ['relicense webhooks replay WEBHOOK', 'relicense webhooks replay WEBHOOK --json'],
  json: 'lines',
  async run(given, session) {
    const ids = await wordsOrInput(session.io, given.words);
    return runForEach(session, {
      ids,
      what: 'webhook',
      work: async (id) => {
        const answer = await session.client().replayWebhook({ params: { id } });
        const why = answer.problem === undefined ? '' : `: ${escapeForTerminal(answer.problem.detail)}`;
        return { answer, inWords: `${escapeForTerminal(id)} is ${answer.state}${why}` };
      },
    });
  },
});

const SECRET = { name: 'SECRET', help: 'the secret’s id' } as const;

const addSecret = command('webhooks secrets add', {
  summary: 'add a secret that the ERP or a shop signs with',
  about: 'It is shown this once. Two at a time: the ERP can change from one to the other without a gap.',
  options: {
    secret: { value: 'TEXT', help: 'one that the sender has made; the ERP’s is made here unless said' },
    source: { ...SOURCE, help: 'who signs with it, erp unless said' },
  },
  examples: [
    'relicense webhooks secrets add --json',
    'relicense webhooks secrets add --source stripe --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ],
  json: 'document',
  async run(given, session) {
    const added = await session.client().createWebhookSecret({
      body: { secret: given.text('secret'), source: sourceOf(given) },
    });
    printDocument(session, added, () =>
      fields([
        ['Id', escapeForTerminal(added.id)],
        ['Secret', escapeForTerminal(added.secret)],
      ]),
    );
    session.io.err('The secret is shown only now.\n');
    return EXIT.done;
  },
});

const listSecrets = command('webhooks secrets list', {
  summary: 'list the ids of the secrets',
  options: { source: { ...SOURCE, help: 'who signs with them, erp unless said' } },
  examples: ['relicense webhooks secrets list', 'relicense webhooks secrets list --source shopify'],
  json: 'lines',
  async run(given, session) {
    const { items } = await session.client().listWebhookSecrets({ query: { source: sourceOf(given) } });
    await printList(session, items, {
      columns: ['Secret', 'Created (UTC)'],
      row: ({ id, createdAt }) => [id, formatTime(createdAt)],
      none: 'There are none: no webhook is accepted.',
    });
    return EXIT.done;
  },
});

const deleteSecret = command('webhooks secrets delete', {
  summary: 'delete a secret; what is signed with it is refused from now on',
  words: [SECRET],
  examples: ['relicense webhooks secrets delete SECRET'],
  json: 'document',
  async run(given, session) {
    const answer = await session.client().deleteWebhookSecret({ params: { id: given.word(0) } });
    printDocument(session, answer, () => 'Deleted.');
    return EXIT.done;
  },
});

function formatWebhook({ id, source, topic, shop, state, receivedAt, problem, result, body }: Webhook): string {
  return fields([
    ['Webhook', escapeForTerminal(id)],
    ['From', escapeForTerminal([source, shop, topic].filter((word) => word !== undefined).join(', '))],
    ['State', state],
    ['Received', `${formatTime(receivedAt)} UTC`],
    ['Problem', problem === undefined ? '' : escapeForTerminal(`${problem.detail} (${problem.code})`)],
    ['Result', result === undefined ? '' : escapeForTerminal(JSON.stringify(result))],
    ['Body', escapeForTerminal(body)],
  ]);
}

export const WEBHOOK_COMMANDS = [list, show, replay, addSecret, listSecrets, deleteSecret];
