import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Answer, CallOptions, Item } from '../../client/index.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { isConfirmed, YES_OPTION } from '../ask.ts';
import { command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { type Io, UsageError } from '../io.ts';
import { timeOf, wholeNumber } from '../numbers-and-times.ts';
import { type ListLayout, printDocument, printList, tableOf } from '../output.ts';
import type { Session } from '../session.ts';
import { formatPending, formatTime } from '../words.ts';
import { HISTORY } from './history.ts';
import { LIMIT_OPTION, limitOf, pageSize } from './list-options.ts';

type Container = Answer<'getContainer'>;
type AutoUpdate = Container['pending'][number];

const CONTAINER = { name: 'CONTAINER', help: 'the container’s serial', completes: 'container' } as const;

const AUTO_UPDATES: ListLayout<AutoUpdate> = {
  columns: ['License', 'Action', 'Ordered (UTC)', { title: 'Reason', narrowest: 12 }],
  row: (pending) => [pending.license, formatPending(pending), formatTime(pending.orderedAt), pending.reason ?? ''],
  none: 'Nothing is pending.',
};

const STATUSES = ['active', 'retired'] as const;
const ORDERS = ['newest', 'oldest'] as const;
const YES_OR_NO = ['true', 'false'] as const;

const CONTAINERS: ListLayout<Item<'listContainers'>> = {
  columns: ['Container', 'Status', 'Counter', 'Pending', 'No receipt', 'Last contact (UTC)'],
  row: ({ serial, status, counter, pendingCount, outstandingCount, lastContactAt }) => [
    serial,
    status,
    `${counter}`,
    `${pendingCount}`,
    `${outstandingCount}`,
    formatTime(lastContactAt),
  ],
  none: 'There are no such containers.',
};

function truthOf(answer: string | undefined): boolean | undefined {
  return answer === undefined ? undefined : answer === 'true';
}

const list = command('containers list', {
  summary: 'list the containers by their last contact, with what is pending and outstanding',
  options: {
    status: { value: 'STATUS', help: 'with this status', choices: STATUSES },
    pending: { value: 'ANSWER', help: 'whether orders of yours are pending', choices: YES_OR_NO },
    outstanding: { value: 'ANSWER', help: 'whether updates have no receipt', choices: YES_OR_NO },
    'contact-before': { value: 'TIME', help: 'last heard of before then, or never' },
    'contact-after': { value: 'TIME', help: 'last heard of after then' },
    order: { value: 'ORDER', help: 'by last contact, the newest first unless told otherwise', choices: ORDERS },
    ...LIMIT_OPTION,
  },
  examples: [
    'relicense containers list --pending true',
    'relicense containers list --contact-before 2026-01-01 --order oldest --json',
  ],
  json: 'lines',
  async run(given, session) {
    const limit = limitOf(given);
    const query = {
      status: STATUSES.find((status) => status === given.text('status')),
      pending: truthOf(given.text('pending')),
      outstanding: truthOf(given.text('outstanding')),
      lastContactBefore: timeOf('contact-before', given.text('contact-before')),
      lastContactAfter: timeOf('contact-after', given.text('contact-after')),
      order: ORDERS.find((order) => order === given.text('order')),
      ...pageSize(limit),
    };
    await printList(session, session.client().each('listContainers', { query }), CONTAINERS, limit);
    return EXIT.done;
  },
});

const show = command('containers show', {
  summary: 'show what a container holds, and what is pending and outstanding for it',
  words: [CONTAINER],
  examples: ['relicense containers show CONTAINER'],
  json: 'document',
  async run(given, session) {
    const container = await session.client().getContainer({ params: { serial: given.word(0) } });
    printDocument(session, container, () => formatContainer(session, container));
    return EXIT.done;
  },
});

const history = command('containers history', {
  summary: 'show what has happened to a container',
  words: [CONTAINER],
  options: LIMIT_OPTION,
  examples: ['relicense containers history CONTAINER', 'relicense containers history CONTAINER --json'],
  json: 'lines',
  async run(given, session) {
    const limit = limitOf(given);
    const params = { serial: given.word(0) };
    const events = session.client().each('getContainerHistory', { params, query: pageSize(limit) });
    await printList(session, events, HISTORY, limit);
    return EXIT.done;
  },
});

const pending = command('containers auto-updates', {
  summary: 'list what a container’s next update carries out',
  words: [CONTAINER],
  examples: ['relicense containers auto-updates CONTAINER'],
  json: 'lines',
  async run(given, session) {
    const { items } = await session.client().getContainerAutoUpdates({ params: { serial: given.word(0) } });
    await printList(session, items, AUTO_UPDATES, { limit: items.length });
    return EXIT.done;
  },
});

const LONGEST_WAIT_SECONDS = 10;
const PATIENCE_SECONDS = 120;

const push = command('containers push', {
  summary: 'make the update that carries out what is pending, without the container asking',
  about: 'The update reaches the container with its next sync, or as a file. Pushing again is safe.',
  words: [CONTAINER],
  options: { out: { value: 'FILE', help: 'write the update file', completes: 'file' } },
  examples: ['relicense containers push CONTAINER', 'relicense containers push CONTAINER --out update.json'],
  json: 'document',
  async run(given, session) {
    const { io } = session;
    const made = await pushed(session, given.word(0));
    const path = given.text('out');
    if (path !== undefined && made.updates.length > 0) await writeUpdates(io, path, { updates: made.updates });
    printDocument(session, made, () => formatPush(made, given.word(0), path));
    return EXIT.done;
  },
});

async function pushed(session: Session, serial: string): Promise<Answer<'pushReprogramming'>> {
  const client = session.client();
  const options = { waitSeconds: LONGEST_WAIT_SECONDS };
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
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
  if (status === 'planned') return `${steps}\n\nThe update is on its way; push again to see it.`;
  const way =
    path === undefined
      ? `It comes with the container’s next sync, or as a file: relicense containers updates ${serial} --out update.json`
      : `${pluralize(updates.length, 'update')} in ${escapeForTerminal(path)}, for the container to apply.`;
  const rest =
    made.more === true && path !== undefined
      ? `\nThat is not all; in parts: relicense containers updates ${serial}`
      : '';
  return `${steps}\n\n${way}${rest}`;
}

const updates = command('containers updates', {
  summary: 'write the update file of a container',
  about: 'All that it has not confirmed yet, for a container without network. It skips what it has already.',
  words: [CONTAINER],
  options: {
    from: { value: 'COUNTER', help: 'from this counter on; the last confirmed one unless said' },
    out: { value: 'FILE', help: 'write it there, in place of standard output', completes: 'file' },
  },
  examples: [
    'relicense containers updates CONTAINER --out update.json',
    'relicense containers updates CONTAINER --from 0',
  ],
  json: 'document',
  async run(given, session) {
    const { io, json } = session;
    const from = wholeNumber('from', given.text('from'), 0);
    const serial = given.word(0);
    let next: string | undefined;
    const onAnswer: CallOptions['onAnswer'] = ({ headers }) => {
      next = nextCounter(headers);
    };
    const file = await session.client().getUpdates({ params: { serial }, query: { from } }, { onAnswer });
    const path = given.text('out');
    if (path === undefined) {
      // The file itself is the result, for people too: it is carried to the container.
      io.out(`${JSON.stringify(file, null, 2)}\n`);
    } else {
      await writeUpdates(io, path, file);
      const written = {
        file: path,
        updates: file.updates.length,
        ...(next === undefined ? {} : { next: Number(next) }),
      };
      if (json) io.out(`${JSON.stringify(written)}\n`);
      else
        io.err(
          `${pluralize(file.updates.length, 'update')} in ${escapeForTerminal(path)}, for the container to apply.\n`,
        );
    }
    if (next !== undefined) {
      io.err(
        `That is not all. What the container applies after it: relicense containers updates ${serial} --from ${next}\n`,
      );
    }
    return EXIT.done;
  },
});

/** Where the chain goes on that is too long for one file. */
function nextCounter(headers: Headers): string | undefined {
  return /[?&]from=(\d+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
}

/** As a whole or not at all. */
async function writeUpdates(io: Io, path: string, file: Answer<'getUpdates'>): Promise<void> {
  const target = resolve(io.folder, path);
  const beside = `${target}.part`;
  try {
    await writeFile(beside, `${JSON.stringify(file)}\n`);
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw new UsageError((error as Error).message, { cause: error });
  }
}

const RETIREMENTS = ['withdraw', 'restore'] as const;

const retire = command('containers retire', {
  summary: 'give up a container that is gone for good',
  about:
    'It is blocked for ever, and what it held is withdrawn, or available on its tickets again. This cannot be taken back: if the container still runs somewhere, its licenses run with it.',
  words: [CONTAINER],
  options: {
    licenses: { value: 'HOW', required: true, help: 'what becomes of its licenses', choices: RETIREMENTS },
    reason: { value: 'TEXT', required: true, help: 'why; it stands in the history' },
    ...YES_OPTION,
  },
  examples: [
    'relicense containers retire CONTAINER --licenses restore --reason "disk broke" --yes',
    'relicense containers retire CONTAINER --licenses withdraw --reason "stolen" --yes --json',
  ],
  json: 'document',
  async run(given, session) {
    const client = session.client();
    const serial = given.word(0);
    const licenses = RETIREMENTS.find((how) => how === given.text('licenses')) ?? 'withdraw';
    if (!given.is('yes') && session.io.stdin.isTerminal) {
      const container = await client.getContainer({ params: { serial } });
      session.io.err(`${formatContainer(session, container)}\n\n`);
    }
    const becomes = licenses === 'withdraw' ? 'withdraw its licenses' : 'make its licenses available again';
    if (!(await isConfirmed(given, session, `Retire ${serial} for ever, and ${becomes}?`))) return EXIT.unconfirmed;
    const reason = given.text('reason') ?? '';
    const retired = await client.retireContainer({ params: { serial }, body: { licenses, reason } });
    const was = retired.retirement?.licenses ?? licenses;
    printDocument(session, retired, () => {
      return `${serial} is retired; its licenses are ${was === 'withdraw' ? 'withdrawn' : 'available again'}.`;
    });
    if (was !== licenses) session.io.err('It was retired before, in that way; this changed nothing.\n');
    return EXIT.done;
  },
});

const fleet = command('auto-updates', {
  summary: 'list what is pending in all containers',
  options: LIMIT_OPTION,
  examples: ['relicense auto-updates', 'relicense auto-updates --json'],
  json: 'lines',
  async run(given, session) {
    const limit = limitOf(given);
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

const FLEET: ListLayout<AutoUpdate & { readonly container: string }> = {
  columns: [{ title: 'Container', narrowest: 43 }, ...AUTO_UPDATES.columns],
  row: (action) => [action.container, ...AUTO_UPDATES.row(action)],
  none: 'Nothing is pending in any container.',
};

/** A line of JSON is a container, as the server lists them; its table is never drawn. */
const FLEET_AS_JSON: ListLayout<Waiting> = { columns: [], row: () => [], none: '' };

async function* eachPending(
  containers: AsyncIterable<Waiting>,
): AsyncGenerator<AutoUpdate & { readonly container: string }> {
  for await (const waiting of containers) {
    for (const action of waiting.pending) yield { ...action, container: waiting.container };
  }
}

function formatContainer(session: Session, container: Container): string {
  const { serial, counter, target, status, licenses, outstanding, retirement, firstSeenAt, lastContactAt } = container;
  const { style } = session;
  const issued = target.counter === counter ? '' : `, issued up to ${target.counter}`;
  const heading = fields([
    ['Container', escapeForTerminal(serial)],
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
    ['Last contact', lastContactAt === undefined ? '' : `${formatTime(lastContactAt)} UTC`],
    ['Licenses', licenses.length === 0 ? 'none' : licenses.map(escapeForTerminal).join('\n             ')],
  ]);
  if (container.pending.length === 0) return heading;
  return `${heading}\n\n${style.bold('With its next update:')}\n${tableOf(session, container.pending, AUTO_UPDATES)}`;
}

export const CONTAINER_COMMANDS = [list, show, history, pending, push, updates, retire, fleet];
