import type { Answer, Item, Request } from '../../client/index.ts';
import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT, type ExitCode } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { formatState, formatTime } from '../format.ts';
import { NothingFoundError } from '../nothing-found-error.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import type { Session } from '../session.ts';
import { CONTAINER_COLUMN, formatContainerCell } from '../short-serial.ts';
import { parseQuery, QUERY_OPTIONS } from './license-query.ts';
import { LIMIT_OPTION, pageSize, parseLimit, parseOrder, SORTED_OPTIONS } from './list-options.ts';
import { parseCrit, parseTerms, TERMS_OPTIONS } from './terms-options.ts';
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
  'First it selects all licenses that meet every condition; at least one condition is required. The server carries it out: Ctrl-C ends the waiting, not the bulk order. At a terminal it counts the licenses and asks. The exit code is 4 when licenses were refused (the report shows which and why), and 6 when no license meets the conditions.';

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
  about: `${ABOUT} Each license keeps its product and the terms that are not given; --terms sets all terms. The new license requires what the product requires today.`,
  options: {
    ...START_OPTIONS,
    to: { value: 'PRODUCT', help: 'replace them by licenses of this product', completes: 'product' },
    ...TERMS_OPTIONS,
    terms: { value: 'JSON', help: 'give them exactly these terms, such as {"quantity": 5}' },
  },
  examples: [
    'relicense bulk-orders replace --order ORDER --expires 2037-01-31 --lease-days 30 --yes',
    'relicense bulk-orders replace --order ORDER --to PRODUCT --terms "{}" --yes --json',
  ],
  json: 'document',
  run(given, session) {
    const product = given.text('to');
    const terms = parseTermsJson(given.text('terms'));
    const changes = parseTerms(given);
    if (terms !== undefined && changes !== undefined) {
      throw new UsageError('Use --terms or single terms such as --expires, not both.');
    }
    return start(given, session, {
      action: 'replace',
      replacement: defined({ product, terms, changes, crit: parseCrit(given) }),
    });
  },
});

type BulkAction = Pick<Request<'createBulkOrder'>['body'], 'action' | 'replacement'>;

async function start(
  given: ParsedArguments<keyof typeof START_OPTIONS>,
  session: Session,
  action: BulkAction,
): Promise<ExitCode> {
  const query = await parseQuery(given, session);
  if (Object.keys(query).length === 0)
    throw new UsageError('Missing condition: select licenses with --product, --order, --state, ...');
  const body = { ...action, query, reason: given.text('reason') };
  const preview = given.is('preview');
  if (!preview && !(await isConfirmed(given, session, body))) return EXIT.unconfirmed;
  const started = await session.client().createBulkOrder({ body: preview ? { ...body, preview } : body });
  session.io.err(`Started ${preview ? 'preview' : 'bulk order'} ${started.id}.\n`);
  const bulk = given.is('no-wait') ? started : await waitForEnd(session, started);
  printDocument(session, bulk, () => formatBulk(bulk));
  refuseIfNothing(bulk);
  return exitCodeOf(bulk);
}

/** Asks with the number of licenses: a preview counts them first. */
async function isConfirmed(
  given: ParsedArguments<'yes'>,
  session: Session,
  body: Request<'createBulkOrder'>['body'],
): Promise<boolean> {
  const verb = body.action === 'withdraw' ? 'Withdraw' : 'Replace';
  // Without a terminal this refuses, before the server counts anything.
  if (given.is('yes') || !session.io.stdin.isTerminal) {
    return confirm(given, session, `${verb} every license that meets these conditions?`);
  }
  session.io.err('Counting the licenses...\n');
  const preview = await waitForEnd(
    session,
    await session.client().createBulkOrder({ body: { ...body, preview: true } }),
    () => undefined,
  );
  // Nothing can be carried out: the preview says why.
  if (preview.status === 'refused') throw new UsageError(preview.problem?.detail ?? 'The server refused the preview.');
  refuseIfNothing(preview);
  session.io.err(`${formatProgress(preview)}.\n`);
  return confirm(given, session, `${verb} ${pluralize(preview.progress.selected, 'license')}?`);
}

/** @throws NothingFoundError when the bulk order has selected no license. */
function refuseIfNothing({ status, progress }: Bulk): void {
  if (status === 'done' && progress.selected === 0) {
    throw new NothingFoundError(
      'No license meets these conditions. Check the spelling of product, order and customer.',
    );
  }
}

/** Waits for the end of a bulk order and prints its progress. */
async function waitForEnd(
  session: Session,
  started: Bulk,
  print = (text: string): void => session.io.err(text),
): Promise<Bulk> {
  let bulk = started;
  while (isRunning(bulk)) {
    bulk = await session.client().getBulkOrder({ params: { id: bulk.id } }, { waitSeconds: WAIT_SECONDS });
    const { selected, open } = bulk.progress;
    if (isRunning(bulk)) print(`${selected - open} of ${pluralize(selected, 'license')}\n`);
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
  columns: ['Bulk order', 'Action', 'Status', 'Conditions', { title: 'Result', narrowest: 12 }, 'Created (UTC)'],
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
  options: SORTED_OPTIONS,
  examples: ['relicense bulk-orders list', 'relicense bulk-orders list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    await printList(
      session,
      session.client().each('listBulkOrders', { query: { order: parseOrder(given), ...pageSize(limit) } }),
      BULKS,
      limit,
    );
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

const reportLayout = (isPreview: boolean): ListLayout<Item<'listBulkOrderLicenses'>> => ({
  columns: [
    'License',
    'Product',
    'Was',
    isPreview ? 'Would be' : 'Outcome',
    CONTAINER_COLUMN,
    'Order',
    'Replacement',
    { title: 'Details', narrowest: 16 },
  ],
  row: (line) => [
    line.license,
    line.product,
    formatState(line.state),
    line.outcome,
    formatContainerCell(line.container, line.containerName),
    line.orderId,
    replacementOf(line),
    line.outcome === 'refused' ? `${line.problem.code}: ${line.problem.detail}` : '',
  ],
  none: 'There are no such licenses in this report.',
});

function replacementOf(line: Item<'listBulkOrderLicenses'>): string {
  return line.outcome === 'pending' || line.outcome === 'replaced' ? (line.replacement ?? '') : '';
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
    const params = { id: given.word(0) };
    // JSON is the server's answer as it is.
    const isPreview = !session.json && (await session.client().getBulkOrder({ params })).preview;
    const lines = session.client().each('listBulkOrderLicenses', { params, query });
    await printList(session, lines, reportLayout(isPreview), limit);
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

/** `3 selected, 2 withdrawn, 1 refused`; of a preview `2 would be withdrawn`. */
function formatProgress({ preview, progress }: Bulk): string {
  const { selected, ...outcomes } = progress;
  const reached = Object.entries(outcomes).filter(([, count]) => count > 0);
  const texts = reached.map(([outcome, count]) => {
    if (outcome === 'open') return `${count} open`;
    return `${count} ${preview ? 'would be ' : ''}${outcome}`;
  });
  return [`${selected} selected`, ...texts].join(', ');
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
