import type { Answer } from '../../client/index.ts';
import { defined } from '../../protocol/defined.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { readTagged, readTaggedOrNone } from '../entity-tag.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import { parseWholeNumber } from '../parse-values.ts';
import { LIMIT_OPTION, pageSize, parseLimit } from './list-options.ts';

type Product = Answer<'getProduct'>;

const PRODUCTS: ListLayout<Product> = {
  columns: ['Code', { title: 'Name', narrowest: 12 }, { title: 'Features', narrowest: 8 }, 'Requires'],
  row: ({ code, name, features, requires }) => [code, name, features.join(', '), requires.join(', ')],
  none: 'There are no products. To create one: relicense products put',
};

const list = command('products list', {
  summary: 'list the products',
  options: LIMIT_OPTION,
  examples: ['relicense products list', 'relicense products list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    await printList(session, session.client().each('listProducts', { query: pageSize(limit) }), PRODUCTS, limit);
    return EXIT.done;
  },
});

const CODE = { name: 'PRODUCT', help: 'the product’s code', completes: 'product' } as const;

const show = command('products show', {
  summary: 'show a product',
  words: [CODE],
  examples: ['relicense products show PRODUCT'],
  json: 'document',
  async run(given, session) {
    const product = await session.client().getProduct({ params: { code: given.word(0) } });
    printDocument(session, product, () => formatProduct(product));
    return EXIT.done;
  },
});

const put = command('products put', {
  summary: 'create or change a product',
  about: 'Settings that are not given stay as they are. Licenses that are sold already do not change.',
  words: [CODE],
  options: {
    name: { value: 'TEXT', help: 'what people call it' },
    feature: { value: 'NAME', many: true, help: 'a feature' },
    requires: {
      value: 'PRODUCT',
      many: true,
      help: 'a product that must be in the same container',
      completes: 'product',
    },
    'no-features': { help: 'take all features away' },
    'no-requires': { help: 'let it require nothing' },
    'lease-days': { value: 'N', help: 'days without contact after which a license cannot be used' },
    'expiry-notice': {
      value: 'DAYS',
      many: true,
      help: 'report a license so many days before its end; default: 30, 7 and 1',
    },
    'no-expiry-notices': { help: 'report only licenses that have expired' },
    'no-lease-days': { help: 'let licenses be used without contact' },
    'upgrade-of': {
      value: 'PRODUCT',
      help: 'the product that this one replaces when an order is changed',
      completes: 'product',
    },
    'no-upgrade-of': { help: 'let it replace no product' },
  },
  examples: [
    'relicense products put cad --name "Arcadia CAD"',
    'relicense products put render --name Render --requires cad --feature raytracing,animation',
    'relicense products put render --no-requires --lease-days 30',
    'relicense products put cad-pro --name "CAD Pro" --upgrade-of cad',
  ],
  json: 'document',
  async run(given, session) {
    const client = session.client();
    const code = given.word(0);
    const features = listOrNone(given.list('feature'), given.is('no-features'), 'feature', 'no-features');
    const requires = listOrNone(given.list('requires'), given.is('no-requires'), 'requires', 'no-requires');
    const days = parseWholeNumber('lease-days', given.text('lease-days'));
    const noDays = given.is('no-lease-days');
    if (noDays && days !== undefined) throw new UsageError('Use --lease-days or --no-lease-days, not both.');
    const upgradeOf = given.text('upgrade-of');
    const noUpgrade = given.is('no-upgrade-of');
    if (noUpgrade && upgradeOf !== undefined) throw new UsageError('Use --upgrade-of or --no-upgrade-of, not both.');
    const notices = listOrNone(
      given.list('expiry-notice'),
      given.is('no-expiry-notices'),
      'expiry-notice',
      'no-expiry-notices',
    )?.map((text) => parseWholeNumber('expiry-notice', text));
    const { value: current, unchanged } = await readTaggedOrNone((options) =>
      client.getProduct({ params: { code } }, options),
    );
    const body = {
      name: given.text('name') ?? current?.name ?? code,
      features: [...(features ?? current?.features ?? [])],
      requires: [...(requires ?? current?.requires ?? [])],
      ...defined({
        leaseDays: noDays ? undefined : (days ?? current?.leaseDays),
        upgradeOf: noUpgrade ? undefined : (upgradeOf ?? current?.upgradeOf),
        expiryNotices: (notices ?? current?.expiryNotices)?.flatMap((notice) => notice ?? []),
      }),
    };
    const product = await client.putProduct({ params: { code }, body }, unchanged);
    session.io.err(current === undefined ? 'Created.\n' : 'Changed.\n');
    printDocument(session, product, () => formatProduct(product));
    return EXIT.done;
  },
});

const remove = command('products delete', {
  summary: 'delete a product that nothing uses',
  about:
    'It is refused while a license of the product is neither withdrawn nor replaced, another product requires it or is an upgrade of it, or a SKU delivers it; the refusal names them.',
  words: [CODE],
  options: YES_OPTION,
  examples: ['relicense products delete UNUSED --yes'],
  json: 'document',
  async run(given, session) {
    const client = session.client();
    const params = { code: given.word(0) };
    const { value, unchanged } = await readTagged((options) => client.getProduct({ params }, options));
    const question = `Delete the product ${escapeForTerminal(value.code)} (${escapeForTerminal(value.name)})?`;
    if (!(await confirm(given, session, question))) return EXIT.unconfirmed;
    const answer = await client.deleteProduct({ params }, unchanged);
    printDocument(session, answer, () => 'Deleted.');
    return EXIT.done;
  },
});

function listOrNone(
  items: readonly string[],
  none: boolean,
  option: string,
  opposite: string,
): readonly string[] | undefined {
  if (none && items.length > 0) throw new UsageError(`Use --${option} or --${opposite}, not both.`);
  return none || items.length > 0 ? items : undefined;
}

function formatProduct({ code, name, features, requires, leaseDays, upgradeOf, expiryNotices }: Product): string {
  return fields([
    ['Code', escapeForTerminal(code)],
    ['Name', escapeForTerminal(name)],
    ['Features', escapeForTerminal(features.join(', '))],
    ['Requires', escapeForTerminal(requires.join(', '))],
    ['Lease days', leaseDays === undefined ? '' : String(leaseDays)],
    ['Upgrade of', escapeForTerminal(upgradeOf ?? '')],
    ['Expiry notices', expiryNotices === undefined ? '' : `days before the end: ${expiryNotices.join(', ') || 'none'}`],
  ]);
}

export const PRODUCT_COMMANDS = [list, show, put, remove];
