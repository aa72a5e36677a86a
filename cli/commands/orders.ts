import type { Answer, Item, Request } from '../../client/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { readTagged } from '../entity-tag.ts';
import { formatCustomer, formatTime } from '../format.ts';
import { type ListLayout, printDocument, printList, tableOf } from '../output.ts';
import { readJson } from '../read-file.ts';
import type { Session } from '../session.ts';
import { CUSTOMER_OPTIONS, hintAtCustomers, parseCustomer } from './customers.ts';
import { HISTORY } from './history.ts';
import { formatItems, parseItems } from './items.ts';
import { licenseLayout } from './license-layout.ts';
import { pageSize, parseLimit, parseOrder, SORTED_OPTIONS } from './list-options.ts';
import { ALL_OPTION, formatCounts, withFinalLicenses } from './sold-licenses.ts';
import { parseCrit, parseTerms, TERMS_OPTIONS } from './terms-options.ts';

type Order = Answer<'getOrder'>;
type OrderBody = Request<'createOrder'>['body'];

const ORDER = { name: 'ORDER', help: 'the order’s id', completes: 'order' } as const;

const ORDERS: ListLayout<Item<'listOrders'>> = {
  columns: [
    'Order',
    { title: 'Customer', narrowest: 10 },
    'Ticket',
    'Created (UTC)',
    { title: 'Items', narrowest: 10 },
  ],
  row: ({ orderId, customer, ticket, createdAt, items }) => [
    orderId,
    formatCustomer(customer),
    ticket,
    formatTime(createdAt),
    formatItems(items),
  ],
  none: 'There are no such orders.',
};

const list = command('orders list', {
  summary: 'list the orders',
  options: {
    ...CUSTOMER_OPTIONS,
    product: { value: 'PRODUCT', help: 'with this product', completes: 'product' },
    ...SORTED_OPTIONS,
  },
  examples: [
    'relicense orders list --limit 20',
    'relicense orders list --customer weber',
    'relicense orders list --customer-name "Weber GmbH" --order oldest --json',
  ],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const query = {
      ...parseCustomer(given),
      product: given.text('product'),
      order: parseOrder(given),
      ...pageSize(limit),
    };
    const layout = { ...ORDERS, none: `${ORDERS.none}${hintAtCustomers(given)}` };
    await printList(session, session.client().each('listOrders', { query }), layout, limit);
    return EXIT.done;
  },
});

const show = command('orders show', {
  summary: 'show an order, its ticket and its licenses',
  words: [ORDER],
  options: ALL_OPTION,
  examples: ['relicense orders show ORDER', 'relicense orders show ORDER --all'],
  json: 'document',
  async run(given, session) {
    const shown = await session.client().getOrder({ params: { orderId: given.word(0) } });
    const order = given.is('all') ? await withFinalLicenses(session, shown) : shown;
    printDocument(session, order, () => formatOrder(session, order));
    return EXIT.done;
  },
});

const history = command('orders history', {
  summary: 'show the history of an order’s licenses',
  words: [ORDER],
  options: SORTED_OPTIONS,
  examples: ['relicense orders history ORDER', 'relicense orders history ORDER --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const params = { orderId: given.word(0) };
    await printList(
      session,
      session.client().each('getOrderHistory', { params, query: { order: parseOrder(given), ...pageSize(limit) } }),
      HISTORY,
      limit,
    );
    return EXIT.done;
  },
});

const create = command('orders create', {
  summary: 'sell licenses: create an order and its ticket',
  about:
    'Describe the order by options or by a JSON file, the body of POST /orders: {"orderId", "customer"?, "items": [{"product", "quantity"?, "terms"?, "crit"?}], "allowExpired"?}. The same order again returns the same ticket.',
  words: [{ name: 'FILE', optional: true, help: 'a JSON file; - reads standard input', completes: 'file' }],
  options: {
    id: { value: 'ORDER', help: 'the order’s id in the ERP' },
    item: {
      value: 'PRODUCT[:UNITS]',
      many: true,
      help: 'a product and its units; default: 1 unit',
      completes: 'product',
    },
    customer: { value: 'TEXT', help: 'the customer' },
    ...TERMS_OPTIONS,
    'allow-expired': { help: 'sell a license whose --expires has passed, which is refused otherwise' },
  },
  examples: [
    'relicense orders create --id SO-1 --item cad:2,render --customer "Weber GmbH"',
    'relicense orders create --id SO-2 --item cad --expires 2037-01-31 --quantity 50',
    'relicense orders create --id SO-3 --item cad --lease-days 30 --term region=EU --term sites=3 --crit region',
    'relicense orders create demo/examples/order.json',
    'cat demo/examples/order.json | relicense orders create - --json',
  ],
  json: 'document',
  async run(given, session) {
    const body = given.words.length === 0 ? orderOf(given) : await readOrder(session, given.word(0), given);
    let isNew = false;
    const order = await session.client().createOrder(
      { body },
      {
        onAnswer: ({ status }) => {
          isNew = status === 201;
        },
      },
    );
    const { length } = order.licenses;
    session.io.err(
      isNew ? `Sold: ${pluralize(length, 'license')}.\n` : 'This order was sold before; this is its ticket.\n',
    );
    printDocument(session, order, () => formatOrder(session, order));
    return EXIT.done;
  },
});

const REVISED: ListLayout<Answer<'reviseOrder'>['units'][number]> = {
  columns: ['Unit', 'Outcome', 'License', 'New license'],
  row: ({ index, outcome, pending, license, successor }) => [
    String(index + 1),
    pending === true ? `${outcome}, pending` : outcome,
    license,
    successor ?? '',
  ],
  none: 'The order has no units.',
};

const change = command('orders change', {
  summary: 'change an order: give its whole new state',
  about:
    'Describe the new state by --item, or by a JSON file: {"items": [{"product", "quantity"?, "terms"?, "crit"?}], "customer"?}. Licenses with the same product and terms stay, others are replaced, withdrawn or added. It is done as a whole, or refused.',
  words: [ORDER, { name: 'FILE', optional: true, help: 'a JSON file; - reads standard input', completes: 'file' }],
  options: {
    item: {
      value: 'PRODUCT[:UNITS]',
      many: true,
      help: 'a product and its units; default: 1 unit',
      completes: 'product',
    },
    customer: { value: 'TEXT', help: 'the customer; stays if it is not given' },
    ...TERMS_OPTIONS,
    preview: { help: 'show what would be done, and change nothing' },
    ...YES_OPTION,
  },
  examples: [
    'relicense orders change ORDER --item cad:3,render --preview',
    'relicense orders change ORDER --item cad:3 --expires 2037-01-31 --yes',
  ],
  json: 'document',
  async run(given, session) {
    const client = session.client();
    const params = { orderId: given.word(0) };
    const { unchanged } = await readTagged((options) => client.getOrder({ params }, options));
    const body = given.words.length > 1 ? await readChange(session, given.word(1), given) : changeOf(given);
    if (!given.is('preview')) {
      const preview = await client.reviseOrder({ params, body: { ...body, preview: true } }, unchanged);
      const question = `Change the order ${escapeForTerminal(preview.orderId)}: ${formatOutcomes(preview)}?`;
      if (!(await confirm(given, session, question))) return EXIT.unconfirmed;
    }
    const revised = await client.reviseOrder(
      { params, body: given.is('preview') ? { ...body, preview: true } : body },
      unchanged,
    );
    session.io.err(
      given.is('preview')
        ? `Nothing was changed. It would be: ${formatOutcomes(revised)}.\n`
        : `Changed: ${formatOutcomes(revised)}.\n`,
    );
    printDocument(session, revised, () => tableOf(session, revised.units, REVISED));
    return EXIT.done;
  },
});

type ChangeOptions = Parameters<typeof change.run>[0];
type ChangeBody = Request<'reviseOrder'>['body'];

function changeOf(given: ChangeOptions): ChangeBody {
  const listed = given.list('item');
  if (listed.length === 0) throw new UsageError('Missing --item PRODUCT[:UNITS], or a FILE.');
  return { items: parseItems(listed, parseTerms(given), parseCrit(given)), customer: given.text('customer') };
}

async function readChange({ io }: Session, path: string, given: ChangeOptions): Promise<ChangeBody> {
  const options = ['item', 'customer', ...Object.keys(TERMS_OPTIONS)];
  const both = options.find((name) => given.text(name) !== undefined);
  if (both !== undefined) throw new UsageError(`Use FILE or --${both}, not both.`);
  return (await readJson(io, path)) as ChangeBody;
}

function formatOutcomes({ units }: Answer<'reviseOrder'>): string {
  const counted = new Map<string, number>();
  for (const { outcome, pending } of units) {
    const name = pending === true ? `${outcome} (pending)` : outcome;
    counted.set(name, (counted.get(name) ?? 0) + 1);
  }
  return [...counted].map(([name, count]) => `${count} ${name}`).join(', ') || 'no units';
}

type OrderOptions = Parameters<typeof create.run>[0];

function orderOf(given: OrderOptions): OrderBody {
  const orderId = given.text('id');
  const listed = given.list('item');
  if (orderId === undefined || listed.length === 0) {
    throw new UsageError('Missing --id ORDER and --item PRODUCT[:UNITS], or a FILE.');
  }
  const items = parseItems(listed, parseTerms(given), parseCrit(given));
  const allowExpired = given.is('allow-expired') ? true : undefined;
  return { orderId, customer: given.text('customer'), items, allowExpired };
}

async function readOrder({ io }: Session, path: string, given: OrderOptions): Promise<OrderBody> {
  const options = ['id', 'item', 'customer', ...Object.keys(TERMS_OPTIONS)];
  const texts = options.filter((name) => given.text(name) !== undefined);
  const [both] = given.is('allow-expired') ? ['allow-expired', ...texts] : texts;
  if (both !== undefined) throw new UsageError(`Use FILE or --${both}, not both.`);
  // The server validates the order and reports all errors at once.
  return (await readJson(io, path)) as OrderBody;
}

function formatOrder(session: Session, order: Order): string {
  const { orderId, customer, ticket, createdAt, revision, cancelledAt, licenses } = order;
  const heading = fields([
    ['Order', escapeForTerminal(orderId)],
    ['Customer', escapeForTerminal(formatCustomer(customer))],
    ['Created', `${formatTime(createdAt)} UTC`],
    ['Revision', revision === 1 ? '' : String(revision)],
    ['Cancelled', cancelledAt === undefined ? '' : `${formatTime(cancelledAt)} UTC`],
    ['Ticket', session.style.bold(escapeForTerminal(ticket))],
    ['Licenses', formatCounts(order)],
  ]);
  if (licenses.length === 0) return `${heading}\n\nNo licenses are left on the ticket.`;
  return `${heading}\n\n${tableOf(session, licenses, licenseLayout<Order['licenses'][number]>(session, ''))}`;
}

export const ORDER_COMMANDS = [list, show, history, create, change];
