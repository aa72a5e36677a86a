import { defined } from '../../../domain/defined.ts';
import { effectiveByOf, reasonOf } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type EffectiveAction, effectiveAt, removeEffective } from '../../store/effective-item.ts';
import { orderHistory } from '../../store/history-items.ts';
import { getLicense } from '../../store/license-item.ts';
import { commit } from '../../store/transactions.ts';

const PAGE = 100;
/** The next run continues. */
const MAX_PAGES = 100;

/**
 * Emits `withdrawal.effective` for each withdrawal and replacement of a leased license whose time has passed without a
 * receipt, once (L3): no place that holds the license can be used any more. The transaction of the event removes the item
 * that a second run would find.
 *
 * @returns the number of events
 */
export async function reportEffectiveActions(dependencies: Dependencies): Promise<number> {
  const now = dependencies.now().toISOString();
  let reported = 0;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const actions = await effectiveAt(dependencies, now, PAGE);
    for (const action of actions) reported += await report(dependencies, action);
    if (actions.length < PAGE) break;
  }
  return reported;
}

/** @returns the number of events: none if the action was cancelled or replaced, or has its receipt. */
async function report(dependencies: Dependencies, action: EffectiveAction): Promise<number> {
  const license = await getLicense(dependencies, action.ticket, action.license);
  if (license === undefined) throw new Error(`License ${action.license} has a pending action, but is missing`);
  const { standing, id, orderId, successor } = license;
  const isWaiting = standing.at === 'collected' || standing.at === 'returned';
  if (!isWaiting || effectiveByOf(standing) !== action.by) {
    await commit(dependencies, [removeEffective(dependencies, action)]);
    return 0;
  }
  const { earmark, container } = standing;
  const event = defined({
    type: 'withdrawal.effective' as const,
    license: id,
    orderId,
    container,
    effectiveBy: action.by,
    orderedAt: earmark?.orderedAt,
    reason: reasonOf(standing),
    successor: earmark?.replacement ?? successor,
  });
  const committed = await commit(dependencies, [
    removeEffective(dependencies, action),
    ...orderHistory(dependencies, { kind: 'system' }, container, [event]),
  ]);
  return committed === 'committed' ? 1 : 0;
}
