import { defined } from '../../../domain/defined.ts';
import type { HistoryEntry } from '../../../domain/history.ts';
import { assertNever, containerOf, type Standing } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { discardWrites } from '../../store/discard-replacement.ts';
import { expiryWrites } from '../../store/expiry-item.ts';
import type { OrderEntry } from '../../store/history-items.ts';
import { putLicense, type StoredLicense } from '../../store/license-item.ts';
import type { Write } from '../../store/transactions.ts';
import { effectWrites } from './effective-by.ts';
import { vendorActionEntry, withEarmark } from './pending-writes.ts';
import type { PlannedUnit } from './revision-plan.ts';

export interface UnitWrites {
  readonly writes: readonly Write[];
  readonly entries: readonly OrderEntry[];
}

/** What a revision writes for one unit, without the container's pending actions. */
export async function writesOfUnit(dependencies: Dependencies, planned: PlannedUnit): Promise<UnitWrites> {
  const { outcome, old: stored, discard, fresh, isUnchanged, details } = planned;
  if (isUnchanged) return { writes: [], entries: [] };
  const { at: orderedAt, ...why } = details;
  if (stored === undefined) {
    if (fresh === undefined) throw new Error('Bug: an added unit has no license');
    const { id: license, orderId, test } = fresh;
    return {
      writes: [putLicense(dependencies, fresh), ...expiryWrites(dependencies, fresh)],
      entries: [{ type: 'license.delivered', license, orderId, ...defined({ test }) }],
    };
  }
  const serial = containerOf(stored.standing);
  const discarded = await discardWrites(dependencies, discard);
  const entry = (type: HistoryEntry['type'], more: Partial<HistoryEntry> = {}): OrderEntry =>
    vendorActionEntry(stored, serial, type, { reason: details.reason, ...more } as Partial<HistoryEntry>);
  switch (outcome) {
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
            ...expiryWrites(dependencies, offered),
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
          ...expiryWrites(dependencies, waiting),
          ...effectWrites(dependencies, stored, details),
          ...discarded.writes,
        ],
        entries: [entry('replacement.ordered', { successor: id, ...why }), ...discarded.entries],
      };
    }
    case 'added':
      throw new Error('Bug: an added unit has an old license');
    default:
      return assertNever(outcome);
  }
}

function withoutEarmark(standing: Standing): Standing {
  if (standing.at !== 'collected' && standing.at !== 'returned') return standing;
  const { earmark: _, ...rest } = standing;
  return rest;
}
