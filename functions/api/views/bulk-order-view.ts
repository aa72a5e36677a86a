import { shownTerms } from '../../../domain/duration.ts';
import { BULK_OUTCOMES, type BulkLicense } from '../../store/bulk-license-item.ts';
import type { BulkOrder } from '../../store/bulk-order-item.ts';
import { countedLicenses } from '../../use-cases/bulk-orders/counts.ts';

/** A bulk order as the vendor sees it: the request, and the progress. */
export function bulkOrderView(order: BulkOrder): Readonly<Record<string, unknown>> {
  const {
    cursor: _,
    run: __,
    revision: ___,
    selected,
    states,
    outcomes,
    refusals,
    containers,
    replacement,
    ...asked
  } = order;
  const named = Object.fromEntries(BULK_OUTCOMES.map((outcome) => [outcome, outcomes[outcome] ?? 0]));
  const progress = { selected, ...named, open: selected - countedLicenses(order) };
  const { terms, changes, ...others } = replacement ?? {};
  const shown =
    replacement === undefined
      ? {}
      : {
          replacement: {
            ...others,
            ...(terms === undefined ? {} : { terms: shownTerms(terms) }),
            ...(changes === undefined ? {} : { changes: shownTerms(changes) }),
          },
        };
  return { ...asked, ...shown, progress, states, containers, refusals };
}

/** A line of the report. `state` is the license's state when it was selected. */
export function bulkLicenseView(row: BulkLicense): Readonly<Record<string, unknown>> {
  if (row.outcome === 'pending') {
    const { pendingIn, ...rest } = row;
    return { ...rest, container: pendingIn };
  }
  if (row.outcome !== 'refused') return row;
  const { code } = row.problem;
  return { ...row, problem: { type: `/problems/${code}`, ...row.problem } };
}
