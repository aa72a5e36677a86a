import type { Answer, Item } from '../../client/index.ts';
import { EXIT } from '../../terminal/exit.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { command } from '../command.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { readTagged } from '../entity-tag.ts';
import { formatTerms } from '../format.ts';
import { type ListLayout, printDocument, printList } from '../output.ts';
import { formatItems, parseItems } from './items.ts';
import { LIMIT_OPTION, pageSize, parseLimit } from './list-options.ts';
import { parseCrit, parseTerms, TERMS_OPTIONS } from './terms-options.ts';

type Mapping = Answer<'getSkuMapping'>;

const SKU = { name: 'SKU', help: 'the SKU as the shop spells it' } as const;

const MAPPINGS: ListLayout<Item<'listSkuMappings'>> = {
  columns: ['SKU', { title: 'Delivers', narrowest: 12 }, { title: 'Terms', narrowest: 10 }],
  row: ({ sku, items }) => [sku, formatItems(items), formatTerms(items[0]?.terms ?? {})],
  none: 'There are no mappings: sales of a shop deliver nothing.',
};

const list = command('sku-mappings list', {
  summary: 'list what the SKUs of your shops deliver',
  options: LIMIT_OPTION,
  examples: ['relicense sku-mappings list', 'relicense sku-mappings list --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    await printList(session, session.client().each('listSkuMappings', { query: pageSize(limit) }), MAPPINGS, limit);
    return EXIT.done;
  },
});

const show = command('sku-mappings show', {
  summary: 'show what one unit of a SKU delivers',
  words: [SKU],
  examples: ['relicense sku-mappings show SKU'],
  json: 'document',
  async run(given, session) {
    const mapping = await session.client().getSkuMapping({ params: { sku: given.word(0) } });
    printDocument(session, mapping, () => formatMapping(mapping));
    return EXIT.done;
  },
});

const put = command('sku-mappings put', {
  summary: 'set what one unit of a SKU delivers',
  about: 'It replaces the earlier mapping. Licenses that are delivered already do not change.',
  words: [SKU],
  options: {
    item: {
      value: 'PRODUCT[:UNITS]',
      many: true,
      required: true,
      help: 'a product and its units; default: 1 unit',
      completes: 'product',
    },
    ...TERMS_OPTIONS,
  },
  examples: [
    'relicense sku-mappings put "CAD/5" --item cad:5,render',
    'relicense sku-mappings put SKU --item cad --quantity 5 --lease-days 30',
  ],
  json: 'document',
  async run(given, session) {
    const items = parseItems(given.list('item'), parseTerms(given), parseCrit(given));
    const mapping = await session.client().putSkuMapping({ params: { sku: given.word(0) }, body: { items } });
    printDocument(session, mapping, () => formatMapping(mapping));
    return EXIT.done;
  },
});

const remove = command('sku-mappings delete', {
  summary: 'delete what a SKU delivers',
  about:
    'Sales of the SKU then fail or skip it, as the shop is set. Licenses that are delivered already do not change.',
  words: [SKU],
  options: YES_OPTION,
  examples: ['relicense sku-mappings delete SKU --yes'],
  json: 'document',
  async run(given, session) {
    const client = session.client();
    const params = { sku: given.word(0) };
    const { value, unchanged } = await readTagged((options) => client.getSkuMapping({ params }, options));
    const delivers = value.items.length === 0 ? 'nothing' : escapeForTerminal(formatItems(value.items));
    const question = `Delete the mapping of ${escapeForTerminal(value.sku)}, which delivers ${delivers}?`;
    if (!(await confirm(given, session, question))) return EXIT.unconfirmed;
    const answer = await client.deleteSkuMapping({ params }, unchanged);
    printDocument(session, answer, () => 'Deleted.');
    return EXIT.done;
  },
});

function formatMapping({ sku, items }: Mapping): string {
  const lines = items.map((item): [string, string] => [
    escapeForTerminal(formatItems([item])),
    escapeForTerminal(formatTerms(item.terms ?? {})) || ' ',
  ]);
  return `${fields([['SKU', escapeForTerminal(sku)]])}\n\n${fields(lines)}`;
}

export const SKU_MAPPING_COMMANDS = [list, show, put, remove];
