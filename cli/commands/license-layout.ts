import type { Answer } from '../../client/index.ts';
import { fields } from '../../terminal/table.ts';
import { shown } from '../../terminal/text.ts';
import type { ListLayout } from '../output.ts';
import type { Session } from '../session.ts';
import { paintState, pendingInWords, stateInWords, termsInWords, timeInWords } from '../words.ts';

type License = Answer<'getLicense'>;
/** What a ticket shows of it, and every other answer too. */
type TicketLicense = Omit<Answer<'getTicket'>['licenses'][number], 'state'> & { readonly state: string };

const STATE = 2;

/** Licenses in a table: what is copied stays whole, what is read may be cut. */
export function licenseLayout<One extends TicketLicense>(
  { style }: Session,
  none: string,
  more: { readonly title: string; readonly narrowest: number; of(license: One): string }[] = [],
): ListLayout<One> {
  return {
    columns: [
      'License',
      'Product',
      'State',
      { title: 'Pending', narrowest: 8 },
      { title: 'Container', narrowest: 9 },
      { title: 'Terms', narrowest: 10 },
      ...more,
    ],
    row: (license) => [
      license.id,
      license.product,
      stateInWords(license.state),
      pendingInWords(license.pending),
      license.container ?? license.pending?.container ?? '',
      termsInWords(license.terms),
      ...more.map((column) => column.of(license)),
    ],
    paint: (cell, column, { state }) => (column === STATE ? paintState(style, state, cell) : cell),
    none,
  };
}

export function licenseInWords({ style }: Session, license: License): string {
  const { id, product, state, pending, container, terms, requires, ticket, orderId, predecessor, successor } = license;
  const ordered = pending === undefined ? '' : ` (ordered ${timeInWords(pending.orderedAt)})`;
  return fields([
    ['License', shown(id)],
    ['Product', shown(product)],
    ['State', paintState(style, state, stateInWords(state))],
    ['Pending', pending === undefined ? '' : style.yellow(`${pendingInWords(pending)}${ordered}`)],
    ['Reason', shown(pending?.reason ?? '')],
    ['Container', shown(container ?? pending?.container ?? '')],
    ['Terms', shown(termsInWords(terms))],
    ['Requires', shown(requires.join(', '))],
    ['Ticket', shown(ticket)],
    ['Order', shown(orderId)],
    ['In place of', shown(predecessor ?? '')],
    ['Followed by', shown(successor ?? '')],
  ]);
}
