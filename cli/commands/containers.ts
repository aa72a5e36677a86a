import type { Answer, CallOptions, Item } from '../../client/index.ts';
import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { capitalized, escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { CONTAINER, resolveContainer } from '../containers.ts';
import { formatPending, formatTime } from '../format.ts';
import { type ListLayout, printDocument, printList, tableOf } from '../output.ts';
import { parseTime, parseWholeNumber } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { CONTAINER_COLUMN, formatContainerCell, formatContainerName, shortSerial } from '../short-serial.ts';
import { writeJson } from '../write-file.ts';
import { HISTORY } from './history.ts';
import { LIMIT_OPTION, pageSize, parseLimit, parseOrder, SORTED_OPTIONS } from './list-options.ts';

type Container = Answer<'getContainer'>;
type AutoUpdate = Container['pending'][number];

const AUTO_UPDATES: ListLayout<AutoUpdate> = {
  columns: ['License', 'Product', 'Action', 'Ordered (UTC)', { title: 'Reason', narrowest: 12 }],
  row: (pending) => [
    pending.license,
    pending.product ?? '',
    formatPending(pending),
    formatTime(pending.orderedAt),
    pending.reason ?? '',
  ],
  none: 'Nothing is pending.',
};

const STATUSES = ['active', 'retired'] as const;
const YES_OR_NO = ['true', 'false'] as const;

const CONTAINERS: ListLayout<Item<'listContainers'>> = {
  columns: [
    'Container',
    { title: 'Name', narrowest: 8 },
    'Status',
    'Counter',
    'Pending',
    'No receipt',
    'Last contact (UTC)',
    { title: 'Note', narrowest: 8 },
  ],
  row: ({ serial, name, note, status, counter, pendingCount, outstandingCount, lastContactAt }) => [
    shortSerial(serial),
    name ?? '',
    status,
    `${counter}`,
    `${pendingCount}`,
    `${outstandingCount}`,
    formatTime(lastContactAt),
    note ?? '',
  ],
  none: 'There are no such containers.',
};

function parseBoolean(answer: string | undefined): boolean | undefined {
  return answer === undefined ? undefined : answer === 'true';
}

const list = command('containers list', {
  summary: 'list the containers by their last contact',
  options: {
    serial: { value: 'SERIAL', help: 'whose serials begin so; at least 4 characters' },
    status: { value: 'STATUS', help: 'with this status', choices: STATUSES },
    pending: { value: 'ANSWER', help: 'whether actions of yours are pending', choices: YES_OR_NO },
    outstanding: { value: 'ANSWER', help: 'whether updates have no receipt', choices: YES_OR_NO },
    'contact-before': { value: 'TIME', help: 'last contact before then, or never; a day means its beginning in UTC' },
    'contact-after': { value: 'TIME', help: 'last contact after then; a day means its beginning in UTC' },
    'silent-for': { value: 'SPAN', help: 'no contact for so many hours, days or weeks: 12h, 90d, 4w' },
    ...SORTED_OPTIONS,
  },
  examples: [
    'relicense containers list --pending true',
    'relicense containers list --silent-for 90d --status active --order oldest',
    'relicense containers list --contact-before 2026-01-01 --order oldest --json',
  ],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const query = {
      serial: given.text('serial'),
      silentFor: given.text('silent-for'),
      status: STATUSES.find((status) => status === given.text('status')),
      pending: parseBoolean(given.text('pending')),
      outstanding: parseBoolean(given.text('outstanding')),
      lastContactBefore: parseTime('contact-before', given.text('contact-before')),
      lastContactAfter: parseTime('contact-after', given.text('contact-after')),
      order: parseOrder(given),
      ...pageSize(limit),
    };
    await printList(session, session.client().each('listContainers', { query }), CONTAINERS, limit);
    return EXIT.done;
  },
});

const show = command('containers show', {
  summary: 'show a container’s licenses, pending actions and missing receipts',
  words: [CONTAINER],
  examples: ['relicense containers show CONTAINER'],
  json: 'document',
  async run(given, session) {
    const serial = await resolveContainer(session, given.word(0));
    const container = await session.client().getContainer({ params: { serial } });
    printDocument(session, container, () => formatContainer(session, container));
    return EXIT.done;
  },
});

const name = command('containers name', {
  summary: 'give a container a name and a note of yours',
  about:
    'Answers and tables show the name beside the serial. The customer does not see it. What is not given stays as it is.',
  words: [CONTAINER],
  options: {
    name: { value: 'TEXT', help: 'the name, at most 100 characters' },
    note: { value: 'TEXT', help: 'the note, at most 500 characters' },
    'no-name': { help: 'remove the name' },
    'no-note': { help: 'remove the note' },
  },
  examples: [
    'relicense containers name CONTAINER --name "Reception PC" --note "ground floor"',
    'relicense containers name CONTAINER --no-note --json',
  ],
  json: 'document',
  async run(given, session) {
    const changes = { name: textOrNull(given, 'name', 'no-name'), note: textOrNull(given, 'note', 'no-note') };
    if (changes.name === undefined && changes.note === undefined) throw new UsageError('Missing --name or --note.');
    const serial = await resolveContainer(session, given.word(0));
    const container = await session.client().updateContainer({ params: { serial }, body: defined(changes) });
    printDocument(session, container, () => {
      const { name: title = 'no name', note = 'no note' } = container;
      return `${shortSerial(serial)} has now: ${escapeForTerminal(title)}; ${escapeForTerminal(note)}.`;
    });
    return EXIT.done;
  },
});

/** The text of an option, `null` with the switch that removes it, or `undefined`. */
function textOrNull<Name extends string>(
  given: ParsedArguments<Name>,
  option: Name,
  removal: Name,
): string | null | undefined {
  const text = given.text(option);
  if (!given.is(removal)) return text;
  if (text !== undefined) throw new UsageError(`Use --${option} or --${removal}, not both.`);
  return null;
}

const history = command('containers history', {
  summary: 'show the history of a container',
  words: [CONTAINER],
  options: SORTED_OPTIONS,
  examples: ['relicense containers history CONTAINER', 'relicense containers history CONTAINER --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const params = { serial: await resolveContainer(session, given.word(0)) };
    const events = session
      .client()
      .each('getContainerHistory', { params, query: { order: parseOrder(given), ...pageSize(limit) } });
    await printList(session, events, HISTORY, limit);
    return EXIT.done;
  },
});

const pending = command('containers auto-updates', {
  summary: 'list the actions that a container’s next update carries out',
  words: [CONTAINER],
  examples: ['relicense containers auto-updates CONTAINER'],
  json: 'lines',
  async run(given, session) {
    const params = { serial: await resolveContainer(session, given.word(0)) };
    const { items, container, ...seen } = await session.client().getContainerAutoUpdates({ params });
    if (!session.json) session.io.out(`${formatSeen(container, seen)}\n`);
    await printList(session, items, AUTO_UPDATES, { limit: items.length });
    return EXIT.done;
  },
});

const WAIT_SECONDS = 10;
const TIMEOUT_SECONDS = 120;

const push = command('containers push', {
  summary: 'make the update with the pending actions now',
  about:
    'Without it the update is made when the container syncs. The container gets it with its next sync, or as a file. Pushing again is safe.',
  words: [CONTAINER],
  options: { out: { value: 'FILE', help: 'write the update file', completes: 'file' } },
  examples: ['relicense containers push CONTAINER', 'relicense containers push CONTAINER --out update.json'],
  json: 'document',
  async run(given, session) {
    const { io } = session;
    const serial = await resolveContainer(session, given.word(0));
    const made = await pushAndWait(session, serial);
    const path = given.text('out');
    if (path !== undefined && made.updates.length > 0) await writeJson(io, path, { updates: made.updates });
    printDocument(session, made, () => formatPush(made, serial, path));
    return EXIT.done;
  },
});

async function pushAndWait(session: Session, serial: string): Promise<Answer<'pushReprogramming'>> {
  const client = session.client();
  const options = { waitSeconds: WAIT_SECONDS };
  const deadline = Date.now() + TIMEOUT_SECONDS * 1000;
  let made = await client.pushReprogramming({ params: { serial } }, options);
  while (made.status === 'planned' && Date.now() < deadline) {
    session.io.err('Waiting for the update...\n');
    made = await client.getReprogramming({ params: { id: made.id } }, options);
  }
  return made;
}

function formatPush(made: Answer<'pushReprogramming'>, serial: string, path: string | undefined): string {
  const { status, executed, updates } = made;
  if (status === 'unchanged') return 'Nothing is pending: no update was made.';
  const { withdraw, assign, replace } = executed;
  const steps = fields([
    ['withdraws', withdraw.map(escapeForTerminal).join(', ')],
    ['assigns', assign.map(escapeForTerminal).join(', ')],
    ['replaces', replace.map((pair) => `${escapeForTerminal(pair.old)} by ${escapeForTerminal(pair.new)}`).join(', ')],
  ]);
  if (status === 'planned') return `${steps}\n\nThe update is not ready yet; push again to see it.`;
  const transport =
    path === undefined
      ? `The container gets it with its next sync, or as a file: relicense containers updates ${serial} --out update.json`
      : `${pluralize(updates.length, 'update')} in ${escapeForTerminal(path)}, for the container to apply.`;
  const rest =
    made.more === true && path !== undefined
      ? `\nThere are more updates; get them in parts: relicense containers updates ${serial}`
      : '';
  return `${steps}\n\n${transport}${rest}`;
}

const updates = command('containers updates', {
  summary: 'write the update file of a container',
  about:
    'It has all updates that the container has not confirmed yet, for a container without network. The container skips updates that it has applied before.',
  words: [CONTAINER],
  options: {
    from: { value: 'COUNTER', help: 'from this counter on; default: the last confirmed one' },
    out: { value: 'FILE', help: 'write it to this file; default: standard output', completes: 'file' },
  },
  examples: [
    'relicense containers updates CONTAINER --out update.json',
    'relicense containers updates CONTAINER --from 0',
  ],
  json: 'document',
  async run(given, session) {
    const { io, json } = session;
    const from = parseWholeNumber('from', given.text('from'), 0);
    const serial = await resolveContainer(session, given.word(0));
    let next: string | undefined;
    const onAnswer: CallOptions['onAnswer'] = ({ headers }) => {
      next = nextCounter(headers);
    };
    const file = await session.client().getUpdates({ params: { serial }, query: { from } }, { onAnswer });
    const path = given.text('out');
    if (path === undefined) {
      // For people, too, the file itself is the result: they carry it to the container.
      io.out(`${JSON.stringify(file, null, 2)}\n`);
    } else {
      await writeJson(io, path, file);
      const written = {
        file: path,
        updates: file.updates.length,
        next: next === undefined ? undefined : Number(next),
      };
      if (json) io.out(`${JSON.stringify(written)}\n`);
      else
        io.err(
          `${pluralize(file.updates.length, 'update')} in ${escapeForTerminal(path)}, for the container to apply.\n`,
        );
    }
    if (next !== undefined) {
      io.err(`There are more updates. The next file: relicense containers updates ${serial} --from ${next}\n`);
    }
    return EXIT.done;
  },
});

/** The counter where the next file begins, if the chain is too long for one file. */
function nextCounter(headers: Headers): string | undefined {
  return /[?&]from=(\d+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
}

const RETIREMENTS = ['withdraw', 'restore'] as const;

const retire = command('containers retire', {
  summary: 'retire a container that is lost for good',
  about:
    'It is blocked for ever. Its licenses are withdrawn, or available on their tickets again. This cannot be undone. If the container still exists somewhere, its licenses still work there.',
  words: [CONTAINER],
  options: {
    licenses: { value: 'HOW', required: true, help: 'what happens to its licenses', choices: RETIREMENTS },
    reason: { value: 'TEXT', required: true, help: 'why; the history shows it' },
    ...YES_OPTION,
  },
  examples: [
    'relicense containers retire CONTAINER --licenses restore --reason "disk broke" --yes',
    'relicense containers retire CONTAINER --licenses withdraw --reason "stolen" --yes --json',
  ],
  json: 'document',
  async run(given, session) {
    const client = session.client();
    const serial = await resolveContainer(session, given.word(0));
    const licenses = RETIREMENTS.find((how) => how === given.text('licenses')) ?? 'withdraw';
    if (!given.is('yes') && session.io.stdin.isTerminal) {
      const container = await client.getContainer({ params: { serial } });
      session.io.err(`${formatContainer(session, container)}\n\n`);
    }
    const consequence = licenses === 'withdraw' ? 'withdraw its licenses' : 'make its licenses available again';
    if (!(await confirm(given, session, `Retire ${serial} for ever and ${consequence}?`))) return EXIT.unconfirmed;
    const reason = given.text('reason') ?? '';
    const retired = await client.retireContainer({ params: { serial }, body: { licenses, reason } });
    const actual = retired.retirement?.licenses ?? licenses;
    printDocument(session, retired, () => {
      return `${serial} is retired; its licenses are ${actual === 'withdraw' ? 'withdrawn' : 'available again'}.`;
    });
    if (actual !== licenses) session.io.err('It was retired before, as shown above; this command changed nothing.\n');
    return EXIT.done;
  },
});

const fleet = command('auto-updates', {
  summary: 'list the pending actions of all containers',
  options: LIMIT_OPTION,
  examples: ['relicense auto-updates', 'relicense auto-updates --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const containers = session.client().each('listAutoUpdates', { query: pageSize(limit) });
    if (session.json) {
      await printList(session, containers, FLEET_AS_JSON, limit);
      return EXIT.done;
    }
    await printList(session, eachPending(containers), FLEET, limit);
    return EXIT.done;
  },
});

type Waiting = Item<'listAutoUpdates'>;

type WaitingAction = AutoUpdate & Pick<Waiting, 'container' | 'name' | 'lastContactAt'>;

const FLEET: ListLayout<WaitingAction> = {
  columns: [CONTAINER_COLUMN, 'Last contact (UTC)', ...AUTO_UPDATES.columns],
  row: (action) => [
    formatContainerCell(action.container, action.name),
    action.lastContactAt === undefined ? 'never' : formatTime(action.lastContactAt),
    ...AUTO_UPDATES.row(action),
  ],
  none: 'Nothing is pending in any container.',
};

/** With `--json` a line is a container, as the server lists them; this layout prints no table. */
const FLEET_AS_JSON: ListLayout<Waiting> = { columns: [], row: () => [], none: '' };

async function* eachPending(containers: AsyncIterable<Waiting>): AsyncGenerator<WaitingAction> {
  for await (const { pending: actions, ...container } of containers) {
    for (const action of actions) yield { ...action, ...container };
  }
}

/** `Container X8RpWMD7… (“Reception PC”), last seen 2026-11-28 12:00:00 UTC` */
function formatSeen(serial: string, { name: title, lastContactAt }: Pick<Waiting, 'name' | 'lastContactAt'>): string {
  const seen = lastContactAt === undefined ? 'never seen' : `last seen ${formatTime(lastContactAt)} UTC`;
  return `${capitalized(formatContainerName(serial, title))}, ${seen}`;
}

const CONTENTS: ListLayout<Container['contents'][number]> = {
  columns: ['License', 'Product', 'In the container', 'With the next update'],
  row: ({ license, product, state, pending: action }) => [
    license,
    product,
    CONTENT_STATES[state] ?? state,
    action === undefined ? '' : action,
  ],
  none: '',
};

const CONTENT_STATES: Readonly<Record<string, string>> = {
  confirmed: 'confirmed',
  arriving: 'on its way in, no receipt',
  leaving: 'on its way out, no receipt',
  waiting: 'not yet',
};

function formatContainer(session: Session, container: Container): string {
  const { serial, counter, target, status, contents, outstanding, retirement, firstSeenAt, lastContactAt } = container;
  const { newestStatement } = container;
  const { style } = session;
  const issued = target.counter === counter ? '' : `, issued up to ${target.counter}`;
  const heading = fields([
    ['Container', escapeForTerminal(serial)],
    ['Name', style.bold(escapeForTerminal(container.name ?? ''))],
    ['Note', escapeForTerminal(container.note ?? '')],
    ['Status', status === 'active' ? style.green('active') : style.red('retired')],
    [
      'Retired',
      retirement === undefined ? '' : escapeForTerminal(`${formatTime(retirement.at)} UTC: ${retirement.reason}`),
    ],
    ['Counter', `confirmed up to ${counter}${issued}`],
    [
      'Outstanding',
      outstanding.length === 0 ? '' : style.yellow(`${pluralize(outstanding.length, 'update')} without receipt`),
    ],
    ['First seen', `${formatTime(firstSeenAt)} UTC`],
    ['Last contact', lastContactAt === undefined ? 'never' : `${formatTime(lastContactAt)} UTC`],
    // L1: a leased license ends so many days after it.
    ['Proven at', newestStatement === undefined ? '' : `${formatTime(newestStatement.at)} UTC`],
    ['Licenses', contents.length === 0 ? 'none' : ''],
  ]);
  const licenses = contents.length === 0 ? [] : [tableOf(session, contents, CONTENTS)];
  const pendingActions =
    container.pending.length === 0
      ? []
      : [`${style.bold('With its next update:')}\n${tableOf(session, container.pending, AUTO_UPDATES)}`];
  return [heading, ...licenses, ...pendingActions].join('\n\n');
}

export const CONTAINER_COMMANDS = [list, show, name, history, pending, push, updates, retire, fleet];
