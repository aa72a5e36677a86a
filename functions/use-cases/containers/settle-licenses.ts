import { defined } from '../../../domain/defined.ts';
import type { Actor } from '../../../domain/history.ts';
import { reasonOf, revisionMarkOf } from '../../../domain/license.ts';
import type { Settled } from '../../../domain/settlement.ts';
import type { Renewal } from '../../../domain/terms.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putEntry } from '../../store/container-entry-item.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { findLicense, putLicense, type Removal, type StoredLicense } from '../../store/license-item.ts';
import { packTransactions, type Write } from '../../store/transactions.ts';
import type { Container } from './container.ts';
import { settleOrder } from './settle-order.ts';

/** A license that leaves its container for good, and its new state. */
export interface Settlement {
  readonly license: StoredLicense;
  readonly settled: Settled;
  /** The update that removed it, which a receipt confirms; absent if the container is retired. */
  readonly removed?: Removal;
  /** The vendor's reason, if there is one. */
  readonly reason?: string;
}

/** A settlement writes at most the license, its entry, the replacement that is offered, and one history item for each. */
const ITEMS_PER_SETTLEMENT = 5;

/** The writes that settle these licenses, in groups of at most 100 items. Each group must be committed in one transaction. */
export async function settleLicenses(
  dependencies: Dependencies,
  container: Container,
  actor: Actor,
  settlements: readonly Settlement[],
): Promise<Write[][]> {
  const groups: Write[][] = [];
  const awaited = awaitedByOrder(settlements);
  const items = awaited.size === 0 ? ITEMS_PER_SETTLEMENT : ITEMS_PER_SETTLEMENT + 1;
  for (const group of packTransactions(settlements, { items: () => items })) {
    const writes: Write[] = [];
    const evidence: OrderEntry[] = [];
    for (const settlement of group) {
      const { license } = settlement;
      writes.push(putLicense(dependencies, settledLicense(settlement)));
      const entry = container.entries.get(license.id);
      if (entry !== undefined) {
        // An entry with nothing but its id is removed.
        writes.push(putEntry(dependencies, container.serial, { id: license.id }));
      }
      evidence.push(eventForSettlement(container.serial, settlement));
      const renewal = settlement.settled.state === 'available' ? settlement.settled.terms : undefined;
      if (renewal !== undefined) evidence.push(eventForRenewal(container.serial, license, renewal));
      const offer = settlement.settled.state === 'replaced' ? settlement.settled.offer : undefined;
      if (offer !== undefined) {
        const replacement = await findLicense(dependencies, offer);
        if (replacement === undefined) throw new Error(`Replacement ${offer} is missing`);
        writes.push(putLicense(dependencies, { ...replacement, standing: { at: 'available' } }));
        evidence.push(
          defined({
            type: 'license.offered' as const,
            orderId: replacement.orderId,
            license: offer,
            predecessor: license.id,
            container: container.serial,
            reason: settlement.reason,
          }),
        );
      }
    }
    for (const [orderId, licenses] of awaited) {
      // In the group of the order's last license: all others are settled before.
      if (!group.some(({ license }) => license.id === licenses.at(-1)?.id)) continue;
      const settled = await settleOrder(dependencies, orderId, licenses);
      writes.push(...settled.writes);
      evidence.push(...settled.entries);
    }
    writes.push(...orderHistory(dependencies, actor, container.serial, evidence));
    groups.push(writes);
  }
  return groups;
}

/** The licenses that a revision of their order waits for (O1), by order. */
function awaitedByOrder(settlements: readonly Settlement[]): ReadonlyMap<string, readonly StoredLicense[]> {
  const licenses = settlements.map(({ license }) => license);
  return Map.groupBy(
    licenses.filter(({ standing }) => revisionMarkOf(standing) !== undefined),
    ({ orderId }) => orderId,
  );
}

function settledLicense({ license: { removed: _, ...license }, settled, removed }: Settlement): StoredLicense {
  const left = { ...license, ...defined({ removed }) };
  if (settled.state === 'available') {
    return { ...left, terms: { ...license.terms, ...settled.terms }, standing: { at: 'available' } };
  }
  if (settled.state !== 'replaced') return { ...left, standing: { at: settled.state } };
  return { ...left, standing: { at: 'replaced' }, ...defined({ successor: settled.offer }) };
}

/** The renewal that the return overtook, with its own reason (N1). */
function eventForRenewal(container: string, { id, orderId, standing }: StoredLicense, renewed: Renewal): OrderEntry {
  const reason = reasonOf(standing);
  return defined({ type: 'license.renewed' as const, license: id, orderId, container, renewed, reason });
}

const TYPES = {
  available: 'license.return-confirmed',
  withdrawn: 'license.withdrawn',
  replaced: 'license.replaced',
} as const;

function eventForSettlement(container: string, { license, settled, reason }: Settlement): OrderEntry {
  const { id, orderId } = license;
  const successor = settled.state === 'replaced' ? (settled.offer ?? license.successor) : undefined;
  return defined({ type: TYPES[settled.state], license: id, container, reason, orderId, successor });
}
