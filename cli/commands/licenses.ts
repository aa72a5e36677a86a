import type { Answer } from '../../client/index.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { command } from '../command.ts';
import { formatCustomer, formatTime } from '../format.ts';
import { printDocument, printList, tableOf } from '../output.ts';
import { hintAtCustomers } from './customers.ts';
import { HISTORY } from './history.ts';
import { formatLicense, licenseLayout } from './license-layout.ts';
import { LIST_QUERY_OPTIONS, parseListQuery } from './license-query.ts';
import {
  LIMIT_OPTION,
  LIST_ORDERS,
  type ListOrder,
  listOrderOf,
  pageSize,
  parseLimit,
  parseOrder,
  SORTED_OPTIONS,
} from './list-options.ts';
import { ALL_OPTION, formatCounts, withFinalLicenses } from './sold-licenses.ts';

type License = Answer<'getLicense'>;

export const LICENSE = { name: 'LICENSE', help: 'the license’s id', completes: 'license' } as const;

const ticket = command('tickets show', {
  summary: 'show the order and the licenses behind a ticket',
  words: [{ name: 'TICKET', help: 'the ticket’s code; case, dashes and spaces do not matter' }],
  options: ALL_OPTION,
  examples: ['relicense tickets show TICKET', 'relicense tickets show TICKET --all'],
  json: 'document',
  async run(given, session) {
    const shown = await session.client().lookUpTicket({ params: { code: given.word(0) } });
    const found = given.is('all') ? await withFinalLicenses(session, shown) : shown;
    printDocument(session, found, () => {
      const { code, orderId, customer, createdAt, licenses } = found;
      const heading = fields([
        ['Ticket', session.style.bold(escapeForTerminal(code))],
        ['Order', escapeForTerminal(orderId)],
        ['Customer', escapeForTerminal(formatCustomer(customer))],
        ['Created', `${formatTime(createdAt)} UTC`],
        ['Licenses', formatCounts(found)],
      ]);
      if (licenses.length === 0) return `${heading}\n\nNo licenses are left on this ticket.`;
      return `${heading}\n\n${tableOf(session, licenses, licenseLayout<License>(session, ''))}`;
    });
    return EXIT.done;
  },
});

const list = command('licenses list', {
  summary: 'list the licenses on tickets',
  about:
    'Withdrawn and replaced licenses are listed only with --state withdrawn or --state replaced. --order takes the id of an order; --sort turns the list.',
  options: {
    ...LIST_QUERY_OPTIONS,
    sort: {
      value: 'END',
      help: 'which end comes first; default: newest, or the order of the units for one order, ticket or container',
      choices: LIST_ORDERS,
    },
    ...LIMIT_OPTION,
  },
  examples: [
    'relicense licenses list --state confirmed-collected --product PRODUCT',
    'relicense licenses list --container CONTAINER',
    'relicense licenses list --customer weber --json',
    'relicense licenses list --order ORDER --state withdrawn',
    'relicense licenses list --expires-before 2038-01-01 --pending withdraw',
  ],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const query = { ...(await parseListQuery(given, session)), order: sortOf(given), ...pageSize(limit) };
    // A condition would only repeat in every row.
    const order = given.text('order') === undefined ? [{ title: 'Order', of: ({ orderId }: License) => orderId }] : [];
    const hint = hintAtCustomers(given) + hintAtSort(given.text('order'));
    const layout = licenseLayout<License>(session, `There are no such licenses.${hint}`, order);
    await printList(session, session.client().each('listLicenses', { query }), layout, limit);
    return EXIT.done;
  },
});

/** The licenses of one order or ticket were sold at the same time, so they keep the order of its units. */
function sortOf(given: ParsedArguments<'sort' | 'order' | 'ticket' | 'container'>): ListOrder {
  const isOfOne = (['order', 'ticket', 'container'] as const).some((name) => given.text(name) !== undefined);
  return listOrderOf(given.text('sort') ?? (isOfOne ? 'oldest' : undefined));
}

/** `--order` names an order here, and which end comes first in other lists. */
function hintAtSort(order: string | undefined): string {
  return LIST_ORDERS.some((end) => end === order)
    ? ` Here --order is an order’s id; to turn the list: --sort ${order}.`
    : '';
}

const show = command('licenses show', {
  summary: 'show where a license is and what is pending for it',
  words: [LICENSE],
  examples: ['relicense licenses show LICENSE', 'relicense licenses show LICENSE --json'],
  json: 'document',
  async run(given, session) {
    const license = await session.client().getLicense({ params: { license: given.word(0) } });
    printDocument(session, license, () => formatLicense(session, license));
    return EXIT.done;
  },
});

const history = command('licenses history', {
  summary: 'show the history of a license',
  about: 'It includes the licenses that it replaced and that replaced it.',
  words: [LICENSE],
  options: SORTED_OPTIONS,
  examples: ['relicense licenses history LICENSE'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const params = { license: given.word(0) };
    const events = session
      .client()
      .each('getLicenseHistory', { params, query: { order: parseOrder(given), ...pageSize(limit) } });
    await printList(session, events, HISTORY, limit);
    return EXIT.done;
  },
});

export const LICENSE_COMMANDS = [ticket, list, show, history];
