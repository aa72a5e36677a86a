import type { HistoryEntry } from '../../../domain/history.ts';
import { containerOf, type License } from '../../../domain/license.ts';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { VendorActionDecision } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type Entry, putEntry } from '../../store/container-entry-item.ts';
import { putHead } from '../../store/container-head-item.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { findLicense, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { commit, type Write } from '../../store/transactions.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import { type Container, nextHead, viewOf } from '../containers/container.ts';

/** What an order came to: its own result, or why it was refused. */
export type VendorActionResult<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What an order decides and writes, given the license and the container that it stands in, as they were read. */
export interface VendorAction<Result> {
  /** The container that the order names itself; otherwise it is the one that the license's standing names. */
  readonly container?: string;
  decide(license: StoredLicense, container: Container | undefined): Promise<Prepared<Result>>;
  /** What else belongs into the transaction of the deed; written alone when the very same order stands already. */
  extraWrites?(result: Result): readonly Write[];
}

export type Prepared<Result> =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unchanged'; readonly result: Result }
  | { readonly kind: 'commit'; readonly writes: readonly Write[]; readonly result: Result };

/** Runs a vendor's order on one license: load, decide, commit; decide anew when something moved in between. */
export async function applyVendorAction<Result>(
  dependencies: Dependencies,
  id: string,
  order: VendorAction<Result>,
): Promise<VendorActionResult<Result>> {
  return retryOnConflict<VendorActionResult<Result>>(dependencies, `license ${id}`, async () => {
    const license = await findLicense(dependencies, id);
    if (license === undefined) return refused({ code: 'not-found', explanation: `There is no license ${id}.` });
    const serial = order.container ?? containerOf(license.standing);
    const container = serial === undefined ? undefined : await loadUnlocked(dependencies, serial);
    if (serial !== undefined && container === undefined) return refused(stillLocked(serial));
    // The container was waited for; what the license says must be from now.
    const current = container === undefined ? license : await findLicense(dependencies, id);
    if (current === undefined || (order.container ?? containerOf(current.standing)) !== serial) return 'changed';
    if (container !== undefined && isPlannedSinceRead(current, container)) return 'changed';
    const prepared = await order.decide(current, container);
    if (prepared.kind === 'refused') return prepared;
    const { result } = prepared;
    const writes = [...(prepared.kind === 'commit' ? prepared.writes : []), ...(order.extraWrites?.(result) ?? [])];
    const committed = await commit(dependencies, writes);
    return committed === 'committed' || prepared.kind === 'unchanged' ? { kind: 'done', result } : 'changed';
  });
}

/** Whether a reprogramming has planned the license for the container since that was read: then it is waited for. */
export function isPlannedSinceRead({ standing }: License, { serial, head }: Container): boolean {
  if (containerOf(standing) !== serial) return false;
  if (standing.at === 'available') return standing.reservation?.for === 'activate';
  return (standing.at === 'collected' || standing.at === 'returned') && standing.counter > head.issued.counter;
}

function refused(refusal: Refusal): { kind: 'refused'; refusal: Refusal } {
  return { kind: 'refused', refusal };
}

/** The view for the rules; a retired container holds nothing that an order could wait for. */
export function viewFor(container: Container | undefined): ReturnType<typeof viewOf> | undefined {
  return container === undefined ? undefined : viewOf(container);
}

/** The writes that turn a container's pending actions into `pending`, and move its version. */
export function pendingWrites(
  dependencies: Dependencies,
  container: Container,
  pending: readonly PendingAction[],
): Write[] {
  const writes = [putHead(dependencies, nextHead(container, { pendingCount: pending.length }))];
  for (const entry of changedEntries(container, pending)) writes.push(putEntry(dependencies, container.serial, entry));
  return writes;
}

/** The container as those writes leave it. */
export function withPending(container: Container, pending: readonly PendingAction[]): Container {
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

/** The license of a replacement that will never be on offer: gone, and its order's history says so. */
export async function discardWrites(
  dependencies: Dependencies,
  discard: string | undefined,
): Promise<{ writes: Write[]; entries: OrderEntry[] }> {
  if (discard === undefined) return { writes: [], entries: [] };
  const license = await findLicense(dependencies, discard);
  if (license === undefined) throw new Error(`The replacement ${discard} is missing`);
  const { id, orderId, predecessor } = license;
  return {
    writes: [putLicense(dependencies, { ...license, standing: { at: 'withdrawn' } })],
    entries: [
      {
        type: 'license.withdrawn',
        license: id,
        orderId,
        reason: 'The replacement was taken back before it was on offer.',
        ...(predecessor === undefined ? {} : { predecessor }),
      },
    ],
  };
}

/** The evidence of an order on a license. */
export function vendorActionEvent(
  dependencies: Dependencies,
  license: License,
  container: string | undefined,
  type: HistoryEntry['type'],
  more: Partial<HistoryEntry>,
  others: readonly OrderEntry[] = [],
): Write[] {
  return orderHistory(dependencies, 'vendor', container, [
    vendorActionEntry(license, container, type, more),
    ...others,
  ]);
}

/** What the history of its order tells of an order on a license. */
export function vendorActionEntry(
  license: License,
  container: string | undefined,
  type: HistoryEntry['type'],
  more: Partial<HistoryEntry>,
): OrderEntry {
  return {
    ...more,
    type,
    license: license.id,
    orderId: license.orderId,
    ...(container === undefined ? {} : { container }),
  };
}

/** A container that is retired, or being retired, takes no more orders. */
export function isBlocked(container: Container): boolean {
  return container.head.status !== 'active';
}

/** The decision, but a retired container has nothing that could be pending. */
export function unlessBlocked(decision: VendorActionDecision, container: Container | undefined): VendorActionDecision {
  return decision.kind === 'pending' && container !== undefined && isBlocked(container) ? retired(container) : decision;
}

export function retired(container: Container): { kind: 'refused'; refusal: Refusal } {
  return refused({ code: 'container-retired', container: container.serial });
}
