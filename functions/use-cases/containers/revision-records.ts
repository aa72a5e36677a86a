import { defined } from '../../../domain/defined.ts';
import type { OrderContent } from '../../../domain/history.ts';
import { type License, revisionMarkOf } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { OrderEntry } from '../../store/history-items.ts';
import type { OrderRevision } from '../../store/order-revision-item.ts';
import { type OrderSettlement, putSettlement } from '../../store/order-settlement-item.ts';
import type { UnitWrites } from './unit-writes.ts';

/** Bytes of both bodies that an event repeats. The item of the revision has them in any case. */
const MAX_BODIES_BYTES = 50_000;

/** The event of a revision, with both bodies unless they are too long for an event. */
export function revisedEntry(orderId: string, { number, before, after }: OrderRevision): OrderEntry {
  const bodies: { before: OrderContent; after: OrderContent } = { before: content(before), after: content(after) };
  const isShort = Buffer.byteLength(JSON.stringify(bodies)) <= MAX_BODIES_BYTES;
  return { type: 'order.revised', orderId, revision: number, ...(isShort ? bodies : {}) };
}

function content({ customer, items }: OrderRevision['before']): OrderContent {
  return { ...defined({ customer }), items };
}

/**
 * Opens the order's settlement if a license waits for a receipt; otherwise the revision is settled at once.
 * @param settlement as it was read before the licenses
 * @param licenses all licenses of the ticket, as the revision leaves them
 */
export function settlementOf(
  dependencies: Dependencies,
  orderId: string,
  number: number,
  settlement: OrderSettlement | undefined,
  licenses: readonly Pick<License, 'standing'>[],
): UnitWrites {
  const isOpen = licenses.some(({ standing }) => revisionMarkOf(standing) !== undefined);
  const settled = { type: 'order.settled', orderId, revision: number } as const;
  if (settlement?.open !== true && !isOpen) return { writes: [], entries: [settled] };
  const item = { number, open: isOpen, revision: settlement?.revision ?? 0 };
  return { writes: [putSettlement(dependencies, orderId, item)], entries: isOpen ? [] : [settled] };
}
