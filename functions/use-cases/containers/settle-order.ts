import { revisionMarkOf } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { OrderEntry } from '../../store/history-items.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { getSettlement, putSettlement } from '../../store/order-settlement-item.ts';
import type { Write } from '../../store/transactions.ts';

export interface SettlementWrites {
  readonly writes: readonly Write[];
  readonly entries: readonly OrderEntry[];
}

const NOTHING: SettlementWrites = { writes: [], entries: [] };

/**
 * The write and, if no other license of the order waits for a receipt, the event by which an order's last revision is settled
 * (O1). It belongs in the transaction that settles `settled`, the last licenses of the order that this receipt or request settles.
 */
export async function settleOrder(
  dependencies: Dependencies,
  orderId: string,
  settled: readonly StoredLicense[],
): Promise<SettlementWrites> {
  const [first] = settled;
  // Before the licenses: the item's revision refuses the write if another receipt settles one of them meanwhile.
  const settlement = await getSettlement(dependencies, orderId);
  if (first === undefined || settlement === undefined || !settlement.open) return NOTHING;
  const own = new Set(settled.map(({ id }) => id));
  const licenses = await licensesOfTicket(dependencies, first.ticket);
  const isOpen = licenses.some(({ id, standing }) => !own.has(id) && revisionMarkOf(standing) !== undefined);
  return {
    writes: [putSettlement(dependencies, orderId, { ...settlement, open: isOpen })],
    entries: isOpen ? [] : [{ type: 'order.settled', orderId, revision: settlement.number }],
  };
}
