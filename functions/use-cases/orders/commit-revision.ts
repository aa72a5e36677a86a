import { defined } from '../../../domain/defined.ts';
import type { HistoryEntry, OrderContent, VendorActor } from '../../../domain/history.ts';
import { assertNever, containerOf, revisionMarkOf, type Standing } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { discardWrites } from '../../store/discard-replacement.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { putLicense, type StoredLicense } from '../../store/license-item.ts';
import { putOrder } from '../../store/order-item.ts';
import { putOrderRevision } from '../../store/order-revision-item.ts';
import { putSettlement } from '../../store/order-settlement-item.ts';
import { type CommitResult, commit, type Write } from '../../store/transactions.ts';
import { effectWrites } from '../licenses/effective-by.ts';
import { pendingWrites, vendorActionEntry, withEarmark } from '../licenses/vendor-action.ts';
import type { PlannedUnit, RevisionPlan } from './revise-order.ts';

/** Commits a revision with everything that it changes. `refused`: something changed since it was decided. */
export async function commitRevision(
  dependencies: Dependencies,
  vendor: VendorActor,
  plan: RevisionPlan,
): Promise<CommitResult> {
  const changed = await Promise.all(plan.units.map((unit) => writesOfUnit(dependencies, unit)));
  const writes = [
    ...changed.flatMap((one) => one.writes),
    ...[...plan.containers.values()].flatMap(({ container, pending }) =>
      pendingWrites(dependencies, container, pending),
    ),
    putOrder(dependencies, plan.order),
    putOrderRevision(dependencies, plan.order.orderId, plan.revision),
  ];
  const settled = settlementOf(dependencies, plan);
  writes.push(...settled.writes);
  const entries = Map.groupBy(
    changed.flatMap((one) => one.entries),
    ({ container }) => container,
  );
  const ofOrder = [revisedEntry(plan), ...(entries.get(undefined) ?? []), ...settled.entries];
  entries.delete(undefined);
  writes.push(...orderHistory(dependencies, vendor, undefined, ofOrder));
  for (const [serial, its] of entries) writes.push(...orderHistory(dependencies, vendor, serial, its));
  return commit(dependencies, writes);
}

interface UnitWrites {
  readonly writes: readonly Write[];
  readonly entries: readonly OrderEntry[];
}

/** What a revision writes for one unit, without the container's pending actions. */
async function writesOfUnit(dependencies: Dependencies, planned: PlannedUnit): Promise<UnitWrites> {
  const { change, unit, fresh, isUnchanged, details } = planned;
  if (isUnchanged) return { writes: [], entries: [] };
  const { at: orderedAt, ...why } = details;
  if (unit === undefined) {
    if (fresh === undefined) throw new Error('Bug: an added unit has no license');
    const { id: license, orderId, test } = fresh;
    return {
      writes: [putLicense(dependencies, fresh)],
      entries: [{ type: 'license.delivered', license, orderId, ...defined({ test }) }],
    };
  }
  const { stored } = unit;
  const serial = containerOf(stored.standing);
  const discarded = await discardWrites(dependencies, unit.replacement?.id);
  const entry = (type: HistoryEntry['type'], more: Partial<HistoryEntry> = {}): OrderEntry =>
    vendorActionEntry(stored, serial, type, { reason: details.reason, ...more } as Partial<HistoryEntry>);
  switch (change.outcome) {
    case 'kept': {
      const earmark = 'earmark' in stored.standing ? stored.standing.earmark : undefined;
      const type = earmark?.action === 'replace' ? 'replacement.cancelled' : 'withdrawal.cancelled';
      return {
        writes: [
          putLicense(dependencies, { ...stored, standing: withoutEarmark(stored.standing) }),
          ...discarded.writes,
        ],
        entries: [entry(type), ...discarded.entries],
      };
    }
    case 'withdrawn': {
      if (stored.standing.at === 'available') {
        return {
          writes: [putLicense(dependencies, { ...stored, standing: { at: 'withdrawn' } })],
          entries: [entry('license.withdrawn')],
        };
      }
      const earmarked = withEarmark(stored, { action: 'withdraw', orderedAt, ...why, revised: 'undoable' });
      return {
        writes: [
          putLicense(dependencies, earmarked),
          ...effectWrites(dependencies, stored, details),
          ...discarded.writes,
        ],
        entries: [entry('withdrawal.ordered', why), ...discarded.entries],
      };
    }
    case 'replaced': {
      if (fresh === undefined) throw new Error(`Bug: license ${stored.id} has no new license`);
      const { id, orderId } = fresh;
      if (stored.standing.at === 'available') {
        const { reservation } = stored.standing;
        const offered = { ...fresh, standing: { at: 'available' as const, ...defined({ reservation }) } };
        return {
          writes: [
            putLicense(dependencies, { ...stored, standing: { at: 'replaced' }, successor: id }),
            putLicense(dependencies, offered),
          ],
          entries: [
            entry('license.replaced', { successor: id }),
            defined({
              type: 'license.offered' as const,
              license: id,
              orderId,
              predecessor: stored.id,
              container: serial,
            }),
          ],
        };
      }
      if (serial === undefined) throw new Error(`Bug: license ${stored.id} is in no container`);
      const earmark = { action: 'replace', replacement: id, orderedAt, ...why, revised: 'undoable' } as const;
      const waiting: StoredLicense = {
        ...fresh,
        standing: {
          at: 'available',
          reservation: {
            for: 'replace',
            container: serial,
            predecessor: stored.id,
            ...defined({ reason: why.reason }),
          },
        },
      };
      return {
        writes: [
          putLicense(dependencies, withEarmark(stored, earmark)),
          putLicense(dependencies, waiting),
          ...effectWrites(dependencies, stored, details),
          ...discarded.writes,
        ],
        entries: [entry('replacement.ordered', { successor: id, ...why }), ...discarded.entries],
      };
    }
    case 'added':
      throw new Error('Bug: an added unit has an old license');
    default:
      return assertNever(change);
  }
}

function withoutEarmark(standing: Standing): Standing {
  if (standing.at !== 'collected' && standing.at !== 'returned') return standing;
  const { earmark: _, ...rest } = standing;
  return rest;
}

/** Bytes of both bodies that an event repeats. The item of the revision has them in any case. */
const MAX_BODIES_BYTES = 50_000;

function revisedEntry({ order: { orderId }, revision: { number, before, after } }: RevisionPlan): OrderEntry {
  const bodies: { before: OrderContent; after: OrderContent } = { before: content(before), after: content(after) };
  const isShort = Buffer.byteLength(JSON.stringify(bodies)) <= MAX_BODIES_BYTES;
  return { type: 'order.revised', orderId, revision: number, ...(isShort ? bodies : {}) };
}

function content({ customer, items }: RevisionPlan['revision']['before']): OrderContent {
  return { ...defined({ customer }), items };
}

/** Opens the order's settlement if a license waits for a receipt; otherwise the revision is settled at once. */
function settlementOf(dependencies: Dependencies, plan: RevisionPlan): UnitWrites {
  const { orderId } = plan.order;
  const { number } = plan.revision;
  const changed = new Map(
    plan.units.flatMap((one) => (one.unit === undefined ? [] : [[one.unit.license, one] as const])),
  );
  const isOpen = plan.licenses.some(({ id, standing }) => {
    const planned = changed.get(id);
    if (planned === undefined || planned.isUnchanged) return revisionMarkOf(standing) !== undefined;
    return planned.change.outcome !== 'kept' && standing.at !== 'available';
  });
  const { settlement } = plan;
  const settled = { type: 'order.settled', orderId, revision: number } as const;
  if (settlement?.open !== true && !isOpen) return { writes: [], entries: [settled] };
  const item = { number, open: isOpen, revision: settlement?.revision ?? 0 };
  return { writes: [putSettlement(dependencies, orderId, item)], entries: isOpen ? [] : [settled] };
}
