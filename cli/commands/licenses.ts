import type { Answer } from '../../client/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { command } from '../command.ts';
import { formatCustomer, formatTime } from '../format.ts';
import { printDocument, printList, tableOf } from '../output.ts';
import { HISTORY } from './history.ts';
import { formatLicense, licenseLayout } from './license-layout.ts';
import { parseQuery, QUERY_OPTIONS } from './license-query.ts';
import { LIMIT_OPTION, pageSize, parseLimit } from './list-options.ts';

type License = Answer<'getLicense'>;

export const LICENSE = { name: 'LICENSE', help: 'the license’s id', completes: 'license' } as const;

const ticket = command('tickets show', {
  summary: 'show the order and the licenses behind a ticket',
  words: [{ name: 'TICKET', help: 'the ticket’s code; case, dashes and spaces do not matter' }],
  examples: ['relicense tickets show TICKET'],
  json: 'document',
  async run(given, session) {
    const found = await session.client().lookUpTicket({ params: { code: given.word(0) } });
    printDocument(session, found, () => {
      const { code, orderId, customer, createdAt, licenses } = found;
      const heading = fields([
        ['Ticket', session.style.bold(escapeForTerminal(code))],
        ['Order', escapeForTerminal(orderId)],
        ['Customer', escapeForTerminal(formatCustomer(customer))],
        ['Created', `${formatTime(createdAt)} UTC`],
      ]);
      if (licenses.length === 0) return `${heading}\n\nNo licenses are left on this ticket.`;
      return `${heading}\n\n${tableOf(session, licenses, licenseLayout<License>(session, ''))}`;
    });
    return EXIT.done;
  },
});

const list = command('licenses list', {
  summary: 'list the licenses on tickets',
  about: 'Lists leave out withdrawn and replaced licenses; relicense licenses show still shows them.',
  options: {
    ...QUERY_OPTIONS,
    ...LIMIT_OPTION,
  },
  examples: [
    'relicense licenses list --state confirmed-collected --product PRODUCT',
    'relicense licenses list --container CONTAINER',
    'relicense licenses list --customer "Weber GmbH" --json',
    'relicense licenses list --expires-before 2038-01-01 --pending withdraw',
  ],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const query = { ...parseQuery(given), ...pageSize(limit) };
    // A condition would only repeat in every row.
    const order = given.text('order') === undefined ? [{ title: 'Order', of: ({ orderId }: License) => orderId }] : [];
    const layout = licenseLayout<License>(session, 'There are no such licenses.', order);
    await printList(session, session.client().each('listLicenses', { query }), layout, limit);
    return EXIT.done;
  },
});

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
  options: LIMIT_OPTION,
  examples: ['relicense licenses history LICENSE'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const params = { license: given.word(0) };
    const events = session.client().each('getLicenseHistory', { params, query: pageSize(limit) });
    await printList(session, events, HISTORY, limit);
    return EXIT.done;
  },
});

export const LICENSE_COMMANDS = [ticket, list, show, history];
