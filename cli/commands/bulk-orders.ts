import type { Answer, Item, Request } from '../../client/index.ts';
import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatState, formatTime } from '../format.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import type { Session } from '../session.ts';
import { parseQuery, QUERY_OPTIONS } from './license-query.ts';
import { LIMIT_OPTION, pageSize, parseLimit } from './list-options.ts';
import { parseTermsJson } from './vendor-actions.ts';

type Bulk = Answer<'getBulkOrder'>;

const OUTCOMES = ['open', 'withdrawn', 'replaced', 'pending', 'refused'] as const;
const WAIT_SECONDS = 10;
const BULK = { name: 'BULK', help: 'the bulk order’s id' } as const;

const START_OPTIONS = {
  ...QUERY_OPTIONS,
  reason: { value: 'TEXT', help: 'why; the histories show it' },
  preview: { help: 'only find out what would happen' },
  'no-wait': { help: 'do not wait for its end; relicense bulk-orders show shows its progress' },
  ...YES_OPTION,
} as const;

const ABOUT =
  'First it selects all licenses that meet every condition; at least one condition is required. The server carries it out: Ctrl-C ends the waiting, not the bulk order. The exit code is 4 when licenses were refused; the report shows which and why.';

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
  about: `${ABOUT} Without --to and --terms each license is replaced by a new one of the same product, with what the product requires today.`,
  options: {
    ...START_OPTIONS,
    to: { value: 'PRODUCT', help: 'replace them by licenses of this product', completes: 'product' },
    terms: { value: 'JSON', help: 'give them exactly these terms, such as {"quantity": 5}' },
  },
  examples: ['relicense bulk-orders replace --order ORDER --to PRODUCT --terms "{}" --yes'],
  json: 'document',
  run(given, session) {
    const product = given.text('to');
    const terms = parseTermsJson(given.text('terms'));
    return start(given, session, { action: 'replace', replacement: defined({ product, terms }) });
  },
});

type BulkAction = Pick<Request<'createBulkOrder'>['body'], 'action' | 'replacement'>;

async function start(
  given: ParsedArguments<keyof typeof START_OPTIONS>,
  session: Session,
  action: BulkAction,
): Promise<ExitCode> {
  const query = parseQuery(given);
  if (Object.keys(query).length === 0)
    throw new UsageError('Missing condition: select licenses with --product, --order, --state, ...');
  const preview = given.is('preview');
  const question = `${action.action === 'withdraw' ? 'Withdraw' : 'Replace'} every license that meets these conditions?`;
  if (!preview && !(await confirm(given, session, question))) return EXIT.unconfirmed;
  const body = { ...action, query, reason: given.text('reason'), ...(preview ? { preview } : {}) };
  const started = await session.client().createBulkOrder({ body });
  session.io.err(`Started bulk order ${started.id}.\n`);
  const bulk = given.is('no-wait') ? started : await waitForEnd(session, started);
  printDocument(session, bulk, () => formatBulk(bulk));
  return exitCodeOf(bulk);
}

/** Waits for the end of a bulk order and prints its progress. */
async function waitForEnd(session: Session, started: Bulk): Promise<Bulk> {
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

function exitCodeOf({ status, progress }: Bulk): ExitCode {
  if (status === 'refused') return EXIT.refused;
  return progress.refused > 0 ? EXIT.partly : EXIT.done;
}

const BULKS: ListLayout<Bulk> = {
  columns: [
    'Bulk order',
    'Action',
    'Status',
    { title: 'Conditions', narrowest: 12 },
    { title: 'Result', narrowest: 12 },
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
  none: 'There are no bulk orders.',
};

const list = command('bulk-orders list', {
  summary: 'list the bulk orders',
  options: LIMIT_OPTION,
  examples: ['relicense bulk-orders list', 'relicense bulk-orders list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    await printList(session, session.client().each('listBulkOrders', { query: pageSize(limit) }), BULKS, limit);
    return EXIT.done;
  },
});

const show = command('bulk-orders show', {
  summary: 'show the progress of a bulk order',
  words: [BULK],
  options: { wait: { help: 'wait for its end' } },
  examples: ['relicense bulk-orders show BULK', 'relicense bulk-orders show BULK --wait --json'],
  json: 'document',
  async run(given, session) {
    const found = await session.client().getBulkOrder({ params: { id: given.word(0) } });
    const bulk = given.is('wait') ? await waitForEnd(session, found) : found;
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
  none: 'There are no such licenses in this report.',
};

function detailsOf(line: Item<'listBulkOrderLicenses'>): string {
  if (line.outcome === 'refused') return `${line.problem.code}: ${line.problem.detail}`;
  if (line.outcome !== 'pending' && line.outcome !== 'replaced') return '';
  return line.replacement === undefined ? '' : `by ${line.replacement}`;
}

const report = command('bulk-orders report', {
  summary: 'list the outcome for each license of a bulk order',
  words: [BULK],
  options: { outcome: { value: 'OUTCOME', help: 'with this outcome', choices: OUTCOMES }, ...LIMIT_OPTION },
  examples: ['relicense bulk-orders report BULK --outcome refused', 'relicense bulk-orders report BULK --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const outcome = OUTCOMES.find((one) => one === given.text('outcome'));
    const query = { outcome, ...pageSize(limit) };
    const lines = session.client().each('listBulkOrderLicenses', { params: { id: given.word(0) }, query });
    await printList(session, lines, REPORT, limit);
    return EXIT.done;
  },
});

const stop = command('bulk-orders stop', {
  summary: 'stop a bulk order; what it has done so far stays',
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
    ['Action', preview ? `${action} (preview: nothing was changed)` : action],
    ['Conditions', escapeForTerminal(formatConditions(bulk))],
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
  const refused = bulk.progress.refused > 0 ? `\n\nWhy: relicense bulk-orders report ${id} --outcome refused` : '';
  return `${text}${refused}`;
}

export const BULK_ORDER_COMMANDS = [withdraw, replace, list, show, report, stop];
