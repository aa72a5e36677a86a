import { defined } from '../../../domain/defined.ts';
import type { HistoryEntry, VendorActor } from '../../../domain/history.ts';
import { containerOf, type Earmark, type License, licensePending, revisionMarkOf } from '../../../domain/license.ts';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type Entry, putEntry } from '../../store/container-entry-item.ts';
import { putHead } from '../../store/container-head-item.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import type { Write } from '../../store/transactions.ts';
import { type Container, nextHead } from './container.ts';

/**
 * The license with an earmark, which only a license in a container can have. If a revision of the order waits for the license, it
 * waits for this earmark from now on.
 */
export function withEarmark(license: StoredLicense, earmark: Earmark): StoredLicense {
  const { standing } = license;
  if (standing.at !== 'collected' && standing.at !== 'returned') {
    throw new Error(`Bug: license ${license.id} has a pending action and is in no container`);
  }
  const isAwaited = earmark.revised === undefined && revisionMarkOf(standing) !== undefined;
  return { ...license, standing: { ...standing, earmark: isAwaited ? { ...earmark, revised: 'final' } : earmark } };
}

/** The writes that replace a container's pending actions by `pending` and advance the container's revision. */
export function pendingWrites(
  dependencies: Dependencies,
  container: Container,
  pending: readonly PendingAction[],
): Write[] {
  const writes = [putHead(dependencies, nextHead(container, { pendingCount: pending.length }))];
  for (const entry of changedEntries(container, pending)) writes.push(putEntry(dependencies, container.serial, entry));
  return writes;
}

/** The container after `pendingWrites` is committed. */
export function containerWithPending(container: Container, pending: readonly PendingAction[]): Container {
  const entries = new Map(container.entries);
  for (const entry of changedEntries(container, pending)) {
    if (entry.held === undefined && entry.pending === undefined) entries.delete(entry.id);
    else entries.set(entry.id, entry);
  }
  const head = nextHead(container, { pendingCount: pending.length, revision: container.head.revision + 1 });
  return { ...container, head, entries };
}

function changedEntries(container: Container, pending: readonly PendingAction[]): Entry[] {
  const next = new Map(pending.map((action) => [licenseOfAction(action), action]));
  const changed: Entry[] = [];
  for (const entry of container.entries.values()) {
    const action = next.get(entry.id);
    next.delete(entry.id);
    if (sameAction(entry.pending, action)) continue;
    const { pending: _, ...rest } = entry;
    changed.push(action === undefined ? rest : { ...rest, pending: action });
  }
  for (const [id, action] of next) changed.push({ id, pending: action });
  return changed;
}

function sameAction(one: PendingAction | undefined, other: PendingAction | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** The history of a vendor action: its entry, and `others` in the same event. */
export function vendorActionHistory(
  dependencies: Dependencies,
  vendor: VendorActor,
  license: License,
  container: string | undefined,
  type: HistoryEntry['type'],
  more: Partial<HistoryEntry>,
  others: readonly OrderEntry[] = [],
): Write[] {
  return orderHistory(dependencies, vendor, container, [vendorActionEntry(license, container, type, more), ...others]);
}

/** The entry of a vendor action in the history of the license's order. */
export function vendorActionEntry(
  license: License,
  container: string | undefined,
  type: HistoryEntry['type'],
  more: Partial<HistoryEntry>,
): OrderEntry {
  return { ...more, ...defined({ type, license: license.id, orderId: license.orderId, container }) };
}

/** Whether a reprogramming of the container planned a change of the license after the container was read. */
export function isPlannedSinceRead({ id, standing }: License, { serial, head, entries }: Container): boolean {
  if (containerOf(standing) !== serial) return false;
  // A renewal does not move the license: only its earmark is gone.
  const isRenewed = entries.get(id)?.pending?.action === 'renew' && licensePending(standing)?.action !== 'renew';
  if (isRenewed) return true;
  if (standing.at === 'available') return standing.reservation?.for === 'activate';
  return (standing.at === 'collected' || standing.at === 'returned') && standing.counter > head.issued.counter;
}

/** Whether the container is retired or being retired, so that no vendor action can be pending for it. */
export function isBlocked(container: Container): boolean {
  return container.head.status !== 'active';
}
