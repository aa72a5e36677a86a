import type { HistoryEntry } from '../../domain/history.ts';
import { containerOf, type License } from '../../domain/license.ts';
import { orderedLicense, type PendingAction } from '../../domain/pending.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { OrderDecision } from '../../domain/vendor-order.ts';
import { type Container, nextHead, viewOf } from '../containers/container.ts';
import { loadUnlocked, stillLocked } from '../containers/unlocked.ts';
import type { Runtime } from '../ports.ts';
import { attempts } from '../table/attempts.ts';
import { commit, type Write } from '../table/commit.ts';
import { type Entry, putEntry, putHead } from '../table/container-items.ts';
import { type OrderEntry, orderHistory } from '../table/history-items.ts';
import { findLicense, putLicense, type StoredLicense } from '../table/license-item.ts';

/** What an order came to: its own result, or why it was refused. */
export type Ordered<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What an order decides and writes, given the license and the container that it stands in, as they were read. */
export interface LicenseOrder<Result> {
  /** The container that the order names itself; otherwise it is the one that the license's standing names. */
  readonly container?: string;
  decide(license: StoredLicense, container: Container | undefined): Promise<Prepared<Result>>;
  /** What else belongs into the transaction of the deed; written alone when the very same order stands already. */
  also?(result: Result): readonly Write[];
}

export type Prepared<Result> =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unchanged'; readonly result: Result }
  | { readonly kind: 'commit'; readonly writes: readonly Write[]; readonly result: Result };

/** Runs a vendor's order on one license: load, decide, commit; decide anew when something moved in between. */
export async function orderOnLicense<Result>(
  runtime: Runtime,
  id: string,
  order: LicenseOrder<Result>,
): Promise<Ordered<Result>> {
  for await (const _ of attempts(runtime)) {
    const license = await findLicense(runtime, id);
    if (license === undefined) return refused({ code: 'not-found', explanation: `There is no license ${id}.` });
    const serial = order.container ?? containerOf(license.standing);
    const container = serial === undefined ? undefined : await loadUnlocked(runtime, serial);
    if (serial !== undefined && container === undefined) return refused(stillLocked(serial));
    // The container was waited for; what the license says must be from now.
    const current = container === undefined ? license : await findLicense(runtime, id);
    if (current === undefined || (order.container ?? containerOf(current.standing)) !== serial) continue;
    if (container !== undefined && isAhead(current, container)) continue;
    const prepared = await order.decide(current, container);
    if (prepared.kind === 'refused') return prepared;
    const { result } = prepared;
    const writes = [...(prepared.kind === 'commit' ? prepared.writes : []), ...(order.also?.(result) ?? [])];
    const committed = await commit(runtime, writes);
    if (committed === 'committed' || prepared.kind === 'unchanged') return { kind: 'done', result };
  }
  throw new Error(`The license ${id} keeps changing`);
}

/** Whether a reprogramming has planned the license for the container since that was read: then it is waited for. */
export function isAhead({ standing }: License, { serial, head }: Container): boolean {
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
export function pendingWrites(runtime: Runtime, container: Container, pending: readonly PendingAction[]): Write[] {
  const writes = [putHead(runtime, nextHead(container, { pendingCount: pending.length }))];
  for (const entry of changedEntries(container, pending)) writes.push(putEntry(runtime, container.serial, entry));
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
  const next = new Map(pending.map((action) => [orderedLicense(action), action]));
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
  runtime: Runtime,
  discard: string | undefined,
): Promise<{ writes: Write[]; entries: OrderEntry[] }> {
  if (discard === undefined) return { writes: [], entries: [] };
  const license = await findLicense(runtime, discard);
  if (license === undefined) throw new Error(`The replacement ${discard} is missing`);
  const { id, orderId, predecessor } = license;
  return {
    writes: [putLicense(runtime, { ...license, standing: { at: 'withdrawn' } })],
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
export function orderEvidence(
  runtime: Runtime,
  license: License,
  container: string | undefined,
  type: HistoryEntry['type'],
  more: Partial<HistoryEntry>,
  others: readonly OrderEntry[] = [],
): Write[] {
  return orderHistory(runtime, 'vendor', container, [orderEntry(license, container, type, more), ...others]);
}

/** What the history of its order tells of an order on a license. */
export function orderEntry(
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
export function unlessBlocked(decision: OrderDecision, container: Container | undefined): OrderDecision {
  return decision.kind === 'pending' && container !== undefined && isBlocked(container) ? retired(container) : decision;
}

export function retired(container: Container): { kind: 'refused'; refusal: Refusal } {
  return refused({ code: 'container-retired', container: container.serial });
}
