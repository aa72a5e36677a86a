import type { Answer, Item, Request } from '../../client/index.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { isConfirmed, YES_OPTION } from '../ask.ts';
import { command, type ParsedArguments } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { UsageError } from '../io.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import type { Session } from '../session.ts';
import { formatState, formatTime } from '../words.ts';
import { exactTerms } from './license-orders.ts';
import { QUERY_OPTIONS, queryOf } from './license-query.ts';
import { LIMIT_OPTION, limitOf, pageSize } from './list-options.ts';

type Bulk = Answer<'getBulkOrder'>;

const OUTCOMES = ['open', 'withdrawn', 'replaced', 'pending', 'refused'] as const;
const WAIT_SECONDS = 10;
const BULK = { name: 'BULK', help: 'the bulk order’s id' } as const;

const START_OPTIONS = {
  ...QUERY_OPTIONS,
  reason: { value: 'TEXT', help: 'why; it stands in the histories' },
  preview: { help: 'only find out what would come of it' },
  'no-wait': { help: 'do not wait for its end; relicense bulk-orders show tells how far it has come' },
  ...YES_OPTION,
} as const;

const ABOUT =
  'All licenses that meet every condition are selected first; at least one condition is needed. It runs on the server: Ctrl-C ends the waiting, not the bulk order. Ends with 4 when licenses were refused; the report tells which, and why.';

const withdraw = command('bulk-orders withdraw', {
  summary: 'withdraw all licenses that meet conditions',
  about: ABOUT,
  options: START_OPTIONS,
  examples: [
    'relicense bulk-orders withdraw --order ORDER --preview',
    'relicense bulk-orders withdraw --order ORDER --reason recalled --yes --json',
  ],
  json: 'document',
  run: (given, session) => start(given, session, { action: 'withdraw' }),
});

const replace = command('bulk-orders replace', {
  summary: 'replace all licenses that meet conditions',
  about: `${ABOUT} Without --to and --terms they are made anew, with what their products require today.`,
  options: {
    ...START_OPTIONS,
    to: { value: 'PRODUCT', help: 'by licenses of this product', completes: 'product' },
    terms: { value: 'JSON', help: 'with exactly these terms, such as {"quantity": 5}' },
  },
  examples: ['relicense bulk-orders replace --order ORDER --to PRODUCT --terms "{}" --yes'],
  json: 'document',
  run(given, session) {
    const product = given.text('to');
    const terms = exactTerms(given.text('terms'));
    const replacement = { ...(product === undefined ? {} : { product }), ...(terms === undefined ? {} : { terms }) };
    return start(given, session, { action: 'replace', replacement });
  },
});

type Kind = Pick<Request<'createBulkOrder'>['body'], 'action' | 'replacement'>;

async function start(
  given: ParsedArguments<keyof typeof START_OPTIONS>,
  session: Session,
  kind: Kind,
): Promise<ExitCode> {
  const query = queryOf(given);
  if (Object.keys(query).length === 0) throw new UsageError('Say which licenses: --product, --order, --state, ...');
  const preview = given.is('preview');
  const question = `Order to ${kind.action} every license that meets this?`;
  if (!preview && !(await isConfirmed(given, session, question))) return EXIT.unconfirmed;
  const body = { ...kind, query, reason: given.text('reason'), ...(preview ? { preview } : {}) };
  const started = await session.client().createBulkOrder({ body });
  session.io.err(`Bulk order ${started.id} is under way.\n`);
  const bulk = given.is('no-wait') ? started : await ended(session, started);
  printDocument(session, bulk, () => formatBulk(bulk));
  return exitOf(bulk);
}

/** Waits for its end, and tells on a terminal how far it has come. */
async function ended(session: Session, started: Bulk): Promise<Bulk> {
  let bulk = started;
  while (isRunning(bulk)) {
    bulk = await session.client().getBulkOrder({ params: { id: bulk.id } }, { waitSeconds: WAIT_SECONDS });
    const { selected, open } = bulk.progress;
    if (isRunning(bulk)) session.io.err(`${selected - open} of ${pluralize(selected, 'license')}\n`);
  }
  return bulk;
}

function isRunning({ status }: Bulk): boolean {
  return status === 'selecting' || status === 'ordering';
}

function exitOf({ status, progress }: Bulk): ExitCode {
  if (status === 'refused') return EXIT.refused;
  return progress.refused > 0 ? EXIT.partly : EXIT.done;
}

const BULKS: ListLayout<Bulk> = {
  columns: [
    'Bulk order',
    'Action',
    'Status',
    { title: 'Of', narrowest: 12 },
    { title: 'Came to', narrowest: 12 },
    'Created (UTC)',
  ],
  row: (bulk) => [
    bulk.id,
    bulk.preview ? `${bulk.action} (preview)` : bulk.action,
    bulk.status,
    formatConditions(bulk),
    formatProgress(bulk),
    formatTime(bulk.createdAt),
  ],
  none: 'There are none.',
};

const list = command('bulk-orders list', {
  summary: 'list the bulk orders',
  options: LIMIT_OPTION,
  examples: ['relicense bulk-orders list', 'relicense bulk-orders list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = limitOf(given);
    await printList(session, session.client().each('listBulkOrders', { query: pageSize(limit) }), BULKS, limit);
    return EXIT.done;
  },
});

const show = command('bulk-orders show', {
  summary: 'show how far a bulk order has come',
  words: [BULK],
  options: { wait: { help: 'wait for its end' } },
  examples: ['relicense bulk-orders show BULK', 'relicense bulk-orders show BULK --wait --json'],
  json: 'document',
  async run(given, session) {
    const found = await session.client().getBulkOrder({ params: { id: given.word(0) } });
    const bulk = given.is('wait') ? await ended(session, found) : found;
    printDocument(session, bulk, () => formatBulk(bulk));
    return EXIT.done;
  },
});

const REPORT: ListLayout<Item<'listBulkOrderLicenses'>> = {
  columns: [
    'License',
    'Product',
    'Was',
    'Outcome',
    { title: 'Container', narrowest: 9 },
    { title: 'Order', narrowest: 8 },
    { title: 'Details', narrowest: 16 },
  ],
  row: (line) => [
    line.license,
    line.product,
    formatState(line.state),
    line.outcome,
    line.container ?? '',
    line.orderId,
    detailsOf(line),
  ],
  none: 'No license is in this report.',
};

function detailsOf(line: Item<'listBulkOrderLicenses'>): string {
  if (line.outcome === 'refused') return `${line.problem.code}: ${line.problem.detail}`;
  if (line.outcome !== 'pending' && line.outcome !== 'replaced') return '';
  return line.replacement === undefined ? '' : `by ${line.replacement}`;
}

const report = command('bulk-orders report', {
  summary: 'list what came of each license of a bulk order',
  words: [BULK],
  options: { outcome: { value: 'OUTCOME', help: 'with this outcome', choices: OUTCOMES }, ...LIMIT_OPTION },
  examples: ['relicense bulk-orders report BULK --outcome refused', 'relicense bulk-orders report BULK --json'],
  json: 'lines',
  async run(given, session) {
    const limit = limitOf(given);
    const outcome = OUTCOMES.find((one) => one === given.text('outcome'));
    const query = { outcome, ...pageSize(limit) };
    const lines = session.client().each('listBulkOrderLicenses', { params: { id: given.word(0) }, query });
    await printList(session, lines, REPORT, limit);
    return EXIT.done;
  },
});

const stop = command('bulk-orders stop', {
  summary: 'stop a bulk order; what is ordered stays ordered',
  words: [BULK],
  examples: ['relicense bulk-orders stop BULK'],
  json: 'document',
  async run(given, session) {
    const bulk = await session.client().stopBulkOrder({ params: { id: given.word(0) } }, { waitSeconds: WAIT_SECONDS });
    printDocument(session, bulk, () => formatBulk(bulk));
    return EXIT.done;
  },
});

function formatConditions({ query }: Bulk): string {
  return Object.entries(query)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function formatProgress({ progress }: Bulk): string {
  const { selected, ...outcomes } = progress;
  const response = Object.entries(outcomes).filter(([, count]) => count > 0);
  return [`${selected} selected`, ...response.map(([outcome, count]) => `${count} ${outcome}`)].join(', ');
}

function formatBulk(bulk: Bulk): string {
  const { id, action, preview, status, reason, problem, refusals, containers, createdAt } = bulk;
  const text = fields([
    ['Bulk order', escapeForTerminal(id)],
    ['Action', preview ? `${action} (preview: nothing is changed)` : action],
    ['Of', escapeForTerminal(formatConditions(bulk))],
    ['Reason', escapeForTerminal(reason ?? '')],
    ['Status', status],
    ['Problem', problem === undefined ? '' : escapeForTerminal(`${problem.detail} (${problem.code})`)],
    ['Licenses', formatProgress(bulk)],
    ['Containers', containers === 0 ? '' : String(containers)],
    [
      'Refusals',
      escapeForTerminal(
        Object.entries(refusals)
          .map(([code, count]) => `${count} ${code}`)
          .join(', '),
      ),
    ],
    ['Created', `${formatTime(createdAt)} UTC`],
  ]);
  const refused =
    bulk.progress.refused > 0 ? `\n\nrelicense bulk-orders report ${id} --outcome refused tells why.` : '';
  return `${text}${refused}`;
}

export const BULK_ORDER_COMMANDS = [withdraw, replace, list, show, report, stop];
