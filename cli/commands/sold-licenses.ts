import type { Answer } from '../../client/index.ts';
import type { Session } from '../session.ts';

type Order = Answer<'getOrder'>;
type License = Order['licenses'][number];

export const ALL_OPTION = { all: { help: 'also show the licenses that were withdrawn or replaced' } } as const;

/** An order or a ticket with all its licenses, those that were withdrawn or replaced included, in the order of the units. */
export async function withFinalLicenses<Sold extends Pick<Order, 'orderId' | 'licenses'>>(
  session: Session,
  sold: Sold,
): Promise<Sold> {
  const licenses: License[] = [...sold.licenses];
  for (const state of ['withdrawn', 'replaced'] as const) {
    const query = { orderId: sold.orderId, state, limit: 1000 };
    for await (const license of session.client().each('listLicenses', { query })) licenses.push(license);
  }
  return { ...sold, licenses: licenses.sort((one, other) => (one.id < other.id ? -1 : 1)) };
}

/** `4 sold, 2 shown; 2 withdrawn (--all shows them)`: what the ticket no longer shows is counted. */
export function formatCounts({ counts, licenses }: Pick<Order, 'counts' | 'licenses'>): string {
  const { withdrawn, replaced } = counts;
  const listed = Object.values(counts).reduce((sum, count) => sum + count, 0);
  // A replaced license and its successor are one sold unit.
  const sold = `${listed - replaced} sold`;
  if (withdrawn + replaced === 0) return sold;
  const gone = [
    ...(withdrawn === 0 ? [] : [`${withdrawn} withdrawn`]),
    ...(replaced === 0 ? [] : [`${replaced} replaced`]),
  ].join(', ');
  const hint = licenses.length < listed ? ' (--all shows them)' : '';
  return `${sold}, ${licenses.length} shown; ${gone}${hint}`;
}
