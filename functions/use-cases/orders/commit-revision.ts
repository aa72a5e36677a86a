import type { VendorActor } from '../../../domain/history.ts';
import type { Standing } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { orderHistory } from '../../store/history-items.ts';
import { putOrder, type StoredOrder } from '../../store/order-item.ts';
import { putOrderRevision } from '../../store/order-revision-item.ts';
import { type CommitResult, commit, TRANSACTION_ITEMS } from '../../store/transactions.ts';
import { commitLargeRevision } from '../containers/large-revision.ts';
import { pendingWrites } from '../containers/pending-writes.ts';
import type { RevisionPlan } from '../containers/revision-plan.ts';
import { revisedEntry, settlementOf } from '../containers/revision-records.ts';
import { writesOfUnit } from '../containers/unit-writes.ts';

/**
 * Commits a revision with everything that it changes, in one transaction if it fits. `refused`: something changed since it was
 * decided.
 * @param before the order as it was read
 */
export async function commitRevision(
  dependencies: Dependencies,
  vendor: VendorActor,
  before: StoredOrder,
  plan: RevisionPlan,
): Promise<CommitResult> {
  const { orderId } = plan.order;
  const changed = await Promise.all(plan.units.map((unit) => writesOfUnit(dependencies, unit)));
  const settled = settlementOf(
    dependencies,
    orderId,
    plan.revision.number,
    plan.settlement,
    standingsAfter(plan).map((standing) => ({ standing })),
  );
  const entries = Map.groupBy(
    changed.flatMap((one) => one.entries),
    ({ container }) => container,
  );
  const ofOrder = [revisedEntry(orderId, plan.revision), ...(entries.get(undefined) ?? []), ...settled.entries];
  entries.delete(undefined);
  const writes = [
    ...changed.flatMap((one) => one.writes),
    ...[...plan.containers.values()].flatMap(({ container, pending }) =>
      pendingWrites(dependencies, container, pending),
    ),
    putOrder(dependencies, plan.order),
    putOrderRevision(dependencies, orderId, plan.revision),
    ...settled.writes,
    ...orderHistory(dependencies, vendor, undefined, ofOrder),
    ...[...entries].flatMap(([serial, its]) => orderHistory(dependencies, vendor, serial, its)),
  ];
  return writes.length <= TRANSACTION_ITEMS
    ? commit(dependencies, writes)
    : commitLargeRevision(dependencies, vendor, before, plan);
}

/** The standings of the ticket's licenses after the revision, as far as a receipt can be awaited for them. */
function standingsAfter({ units, licenses }: RevisionPlan): Standing[] {
  const changed = new Map(units.flatMap((one) => (one.old === undefined ? [] : [[one.old.id, one] as const])));
  return licenses.map(({ id, standing }): Standing => {
    const planned = changed.get(id);
    if (planned === undefined || planned.isUnchanged) return standing;
    if (standing.at !== 'collected' && standing.at !== 'returned') return standing;
    const { earmark: _, ...rest } = standing;
    if (planned.outcome === 'kept') return rest;
    return { ...rest, earmark: { action: 'withdraw', orderedAt: planned.details.at, revised: 'undoable' } };
  });
}
