import type { Item } from '../../client/index.ts';
import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { EXIT } from '../../terminal/exit.ts';
import { command } from '../command.ts';
import { type ListLayout, printList } from '../output.ts';
import { LIMIT_OPTION, pageSize, parseLimit } from './list-options.ts';

/** The options of a list that is limited to customers. */
export const CUSTOMER_OPTIONS = {
  customer: { value: 'TEXT', help: 'of customers with this piece in a name, in any case', completes: 'customer' },
  'customer-name': { value: 'NAME', help: 'of customers with exactly this name', completes: 'customer' },
} as const;

type CustomerArguments = ParsedArguments<keyof typeof CUSTOMER_OPTIONS>;

export function parseCustomer(given: CustomerArguments): { customer?: string; customerName?: string } {
  return defined({ customer: given.text('customer'), customerName: given.text('customer-name') });
}

/** What to try when a list of a customer is empty. */
export function hintAtCustomers(given: CustomerArguments): string {
  if (given.text('customer-name') !== undefined) {
    return ' --customer-name is a whole name; --customer searches for a piece of it.';
  }
  if (given.text('customer') === undefined) return '';
  return ' The search is by a piece of the name; relicense customers list shows all names.';
}

const CUSTOMERS: ListLayout<Item<'listCustomers'>> = {
  columns: ['Customer'],
  row: ({ name }) => [name],
  none: 'There are no such customers. The search is by a piece of the name.',
};

const list = command('customers list', {
  summary: 'list the names of your customers',
  about: 'A customer of several named texts is listed under each of them, such as its name and its e-mail address.',
  words: [{ name: 'TEXT', optional: true, help: 'a piece of the name, in any case' }],
  options: LIMIT_OPTION,
  examples: ['relicense customers list', 'relicense customers list weber --json'],
  json: 'lines',
  async run(given, session) {
    const limit = parseLimit(given);
    const query = { ...defined({ search: given.words[0] }), ...pageSize(limit) };
    await printList(session, session.client().each('listCustomers', { query }), CUSTOMERS, limit);
    return EXIT.done;
  },
});

export const CUSTOMER_COMMANDS = [list];
