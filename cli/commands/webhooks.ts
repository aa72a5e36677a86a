import type { Answer, Item } from '../../client/index.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal, escapeLines } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { formatTime } from '../format.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import { readIds } from '../read-file.ts';
import { runForEach } from '../run-for-each.ts';
import { pageSize, parseLimit, parseOrder, SORTED_OPTIONS } from './list-options.ts';

type Webhook = Answer<'getWebhook'>;

const STATES = ['failed', 'waiting', 'done', 'ignored', 'closed'] as const;
const SHOPS = ['shopify', 'stripe'] as const;
const TEST_MODES = ['mark', 'refuse'] as const;
const UNKNOWN_SKUS = ['hold', 'skip'] as const;
const SOURCES = ['erp', 'shopify', 'stripe'] as const;
const SOURCE = { value: 'SOURCE', help: 'the sender', choices: SOURCES } as const;

function parseSource(given: ParsedArguments<'source'>): (typeof SOURCES)[number] | undefined {
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
  none: 'There are no such webhooks.',
};

const list = command('webhooks list', {
  summary: 'list webhooks of the ERP and of the shops',
  options: {
    state: {
      value: 'STATE',
      help: 'default: failed; waiting ones cancel an order that has not arrived',
      choices: STATES,
    },
    source: SOURCE,
    ...SORTED_OPTIONS,
  },
  examples: ['relicense webhooks list', 'relicense webhooks list --state done --limit 10'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const query = {
      state: STATES.find((state) => state === given.text('state')),
      source: parseSource(given),
      order: parseOrder(given),
      ...pageSize(limit),
    };
    await printList(session, session.client().each('listWebhooks', { query }), WEBHOOKS, limit);
    return EXIT.done;
  },
});

const show = command('webhooks show', {
  summary: 'show a webhook and its result',
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
  summary: 'process failed webhooks again, after you fixed the cause',
  words: [{ ...WEBHOOK, help: 'the webhooks’ ids; a single - reads them from standard input', many: true }],
  examples: ['relicense webhooks replay WEBHOOK', 'relicense webhooks replay WEBHOOK --json'],
  json: 'lines',
  async run(given, session) {
    const ids = await readIds(session.io, given.words);
    return runForEach(session, {
      ids,
      what: 'webhook',
      work: async (id) => {
        const answer = await session.client().replayWebhook({ params: { id } });
        const why = answer.problem === undefined ? '' : `: ${escapeForTerminal(answer.problem.detail)}`;
        const text = `${escapeForTerminal(id)} is ${answer.state}${why}`;
        return { answer, text, failed: answer.state === 'failed' };
      },
    });
  },
});

const close = command('webhooks close', {
  summary: 'close failed or waiting webhooks that you have dealt with',
  about: 'The lists of what failed and waits no longer show it. Nothing else changes, and replay opens it again.',
  words: [{ ...WEBHOOK, help: 'the webhooks’ ids; a single - reads them from standard input', many: true }],
  options: { reason: { value: 'TEXT', help: 'what you did about it', required: true } },
  examples: ['relicense webhooks close WEBHOOK --reason "withdrawn by hand"'],
  json: 'lines',
  async run(given, session) {
    const reason = given.text('reason') ?? '';
    const ids = await readIds(session.io, given.words);
    return runForEach(session, {
      ids,
      what: 'webhook',
      work: async (id) => {
        const answer = await session.client().closeWebhook({ params: { id }, body: { reason } });
        return { answer, text: `${escapeForTerminal(id)} is ${answer.state}` };
      },
    });
  },
});

const SHOP = { name: 'SHOP', help: `${SHOPS.join(' or ')}` } as const;

function parseShop(given: string): (typeof SHOPS)[number] {
  const shop = SHOPS.find((one) => one === given);
  if (shop === undefined) throw new UsageError(`SHOP must be ${SHOPS.join(' or ')}; got ${given}`);
  return shop;
}

function formatSource({ source, testMode, unknownSkus }: Answer<'getWebhookSource'>): string {
  return fields([
    ['Shop', source],
    ['Test sales', testMode],
    ['Unknown SKUs', unknownSkus],
  ]);
}

const showSource = command('webhooks sources show', {
  summary: 'show how the webhooks of a shop are taken',
  words: [SHOP],
  examples: ['relicense webhooks sources show shopify'],
  json: 'document',
  async run(given, session) {
    const source = await session.client().getWebhookSource({ params: { source: parseShop(given.word(0)) } });
    printDocument(session, source, () => formatSource(source));
    return EXIT.done;
  },
});

const putSource = command('webhooks sources put', {
  summary: 'set how the webhooks of a shop are taken',
  about: 'A setting that is left out gets its default.',
  words: [SHOP],
  options: {
    'test-mode': {
      value: 'MODE',
      help: 'a test sale is delivered and marked, or delivers nothing; default: mark',
      choices: TEST_MODES,
    },
    'unknown-skus': {
      value: 'MODE',
      help: 'a sale with an unknown SKU is held until it is mapped, or delivers its other lines; default: hold',
      choices: UNKNOWN_SKUS,
    },
  },
  examples: ['relicense webhooks sources put stripe --test-mode refuse'],
  json: 'document',
  async run(given, session) {
    const source = await session.client().putWebhookSource({
      params: { source: parseShop(given.word(0)) },
      body: {
        testMode: TEST_MODES.find((mode) => mode === given.text('test-mode')),
        unknownSkus: UNKNOWN_SKUS.find((mode) => mode === given.text('unknown-skus')),
      },
    });
    printDocument(session, source, () => formatSource(source));
    return EXIT.done;
  },
});

const SECRET = { name: 'SECRET', help: 'the secret’s id' } as const;

const addSecret = command('webhooks secrets add', {
  summary: 'add a secret that the ERP or a shop signs with',
  about:
    'This command shows the secret; no other command does. There can be two secrets, so the sender can change from one to the other without a gap.',
  options: {
    secret: { value: 'TEXT', help: 'a secret made by the sender; the ERP’s is generated by default' },
    source: { ...SOURCE, help: 'who signs with it; default: erp' },
  },
  examples: [
    'relicense webhooks secrets add --json',
    'relicense webhooks secrets add --source stripe --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ],
  json: 'document',
  async run(given, session) {
    const added = await session.client().createWebhookSecret({
      body: { secret: given.text('secret'), source: parseSource(given) },
    });
    printDocument(session, added, () =>
      fields([
        ['Id', escapeForTerminal(added.id)],
        ['Secret', escapeForTerminal(added.secret)],
      ]),
    );
    session.io.err('This is the only time that the secret is shown.\n');
    return EXIT.done;
  },
});

const listSecrets = command('webhooks secrets list', {
  summary: 'list the ids of the secrets',
  options: { source: { ...SOURCE, help: 'who signs with them; default: erp' } },
  examples: ['relicense webhooks secrets list', 'relicense webhooks secrets list --source shopify'],
  json: 'lines',
  async run(given, session) {
    const { items } = await session.client().listWebhookSecrets({ query: { source: parseSource(given) } });
    await printList(session, items, {
      columns: ['Secret', 'Created (UTC)'],
      row: ({ id, createdAt }) => [id, formatTime(createdAt)],
      none: 'There are no secrets: all webhooks are refused.',
    });
    return EXIT.done;
  },
});

const deleteSecret = command('webhooks secrets delete', {
  summary: 'delete a secret; webhooks signed with it are refused',
  words: [SECRET],
  examples: ['relicense webhooks secrets delete SECRET'],
  json: 'document',
  async run(given, session) {
    const answer = await session.client().deleteWebhookSecret({ params: { id: given.word(0) } });
    printDocument(session, answer, () => 'Deleted.');
    return EXIT.done;
  },
});

function formatWebhook(webhook: Webhook): string {
  const { id, source, topic, shop, state, receivedAt, problem, result, body, otherBodies, sameIdAs, closed } = webhook;
  const heading = fields([
    ['Webhook', escapeForTerminal(id)],
    ['From', escapeForTerminal([source, shop, topic].filter((word) => word !== undefined).join(', '))],
    ['State', state],
    ['Received', `${formatTime(receivedAt)} UTC`],
    ['Problem', problem === undefined ? '' : escapeForTerminal(`${problem.detail} (${problem.code})`)],
    ['Result', result === undefined ? '' : escapeForTerminal(JSON.stringify(result))],
    ['Other bodies', escapeForTerminal((otherBodies ?? []).join(', '))],
    ['Same id as', escapeForTerminal(sameIdAs ?? '')],
    ['Closed', closed === undefined ? '' : `${formatTime(closed.at)} UTC: ${escapeForTerminal(closed.reason)}`],
  ]);
  return `${heading}\n\n${escapeLines(body)}`;
}

export const WEBHOOK_COMMANDS = [
  list,
  show,
  replay,
  close,
  showSource,
  putSource,
  addSecret,
  listSecrets,
  deleteSecret,
];
