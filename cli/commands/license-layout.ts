import type { Answer } from '../../client/index.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { formatPendingSince, formatState, formatTerms, formatWaiting, paintState } from '../format.ts';
import type { ListLayout } from '../output.ts';
import type { Session } from '../session.ts';
import { CONTAINER_COLUMN, formatContainerCell } from '../short-serial.ts';

type License = Answer<'getLicense'>;
/** The members of a license that every answer has. */
type TicketLicense = Omit<Answer<'getTicket'>['licenses'][number], 'state'> & {
  readonly state: string;
  readonly onOffer?: false | undefined;
  readonly containerName?: string | undefined;
  readonly pending?: { readonly containerName?: string | undefined } | undefined;
};

const STATE = 2;
/** A replacement that waits for the license that it replaces: its state is `available`, and nobody can activate it yet. */
const NOT_ON_OFFER = 'not on offer';

/** Licenses in a table. People copy ids, so ids are never cut. */
export function licenseLayout<One extends TicketLicense>(
  { style }: Session,
  none: string,
  more: { readonly title: string; of(license: One): string }[] = [],
): ListLayout<One> {
  return {
    columns: ['License', 'Product', 'State', 'Pending', CONTAINER_COLUMN, { title: 'Terms', narrowest: 10 }, ...more],
    row: (license) => [
      license.id,
      license.product,
      license.onOffer === false ? NOT_ON_OFFER : formatState(license.state),
      license.pending === undefined ? '' : formatPendingSince(license.pending, Date.now()),
      formatContainerCell(
        license.container ?? license.pending?.container,
        license.containerName ?? license.pending?.containerName,
      ),
      formatTerms(license.terms),
      ...more.map((column) => column.of(license)),
    ],
    paint: (cell, column, { state, onOffer }) =>
      column === STATE && onOffer !== false ? paintState(style, state, cell) : cell,
    none,
  };
}

function quoted(name: string | undefined): string[] {
  return name === undefined ? [] : [`“${escapeForTerminal(name)}”`];
}

function waitingToReplace(predecessor: string | undefined): string {
  if (predecessor === undefined) return NOT_ON_OFFER;
  return `${NOT_ON_OFFER}: waits to replace ${escapeForTerminal(predecessor)}`;
}

export function formatLicense({ style }: Session, license: License): string {
  const { id, product, state, onOffer, pending, container, terms, requires, crit = [] } = license;
  const { ticket, orderId, predecessor, successor } = license;
  const name = license.containerName ?? pending?.containerName;
  return fields([
    ['License', escapeForTerminal(id)],
    ['Product', escapeForTerminal(product)],
    ['State', onOffer === false ? waitingToReplace(predecessor) : paintState(style, state, formatState(state))],
    ['Pending', pending === undefined ? '' : style.yellow(formatWaiting(pending, Date.now()))],
    ['Reason', escapeForTerminal(pending?.reason ?? '')],
    ['Container', [escapeForTerminal(container ?? pending?.container ?? ''), ...quoted(name)].join(' ')],
    ['Terms', escapeForTerminal(formatTerms(terms))],
    ['Must be known', escapeForTerminal(crit.join(', '))],
    ['Requires', escapeForTerminal(requires.join(', '))],
    ['Ticket', escapeForTerminal(ticket)],
    ['Order', escapeForTerminal(orderId)],
    ['Replaces', escapeForTerminal(predecessor ?? '')],
    ['Replaced by', escapeForTerminal(successor ?? '')],
  ]);
}
