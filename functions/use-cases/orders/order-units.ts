import { fixEnd } from '../../../domain/duration.ts';
import type { OrderContent } from '../../../domain/history.ts';
import { isFinal, type License, revisionMarkOf, termsOnceRenewed } from '../../../domain/license.ts';
import type { HeldUnit, OrderedUnit, UnitContent } from '../../../domain/order-revision.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import { revisionOf, type StoredOrder } from '../../store/order-item.ts';
import { getOrderRevision } from '../../store/order-revision-item.ts';
import type { StoredProduct } from '../../store/product-item.ts';
import { soldTerms, unitOf } from './deliver-order.ts';

/** A unit of an order, its license, and the replacement that waits for the license's container. */
export interface OrderUnit extends HeldUnit {
  readonly stored: StoredLicense;
  readonly replacement?: StoredLicense | undefined;
}

/**
 * The units of an order as they will be once the pending actions of earlier revisions are undone (O1): those of its licenses that
 * stay. A license that a pending replacement of the vendor's own takes the place of has the content of the new license.
 * @param licenses all licenses of the order's ticket.
 */
export async function unitsOfOrder(
  dependencies: Dependencies,
  order: StoredOrder,
  licenses: readonly StoredLicense[],
): Promise<OrderUnit[]> {
  const byId = new Map(licenses.map((license) => [license.id, license]));
  const positions = await positionsOf(dependencies, order, licenses);
  const ordered = order.items.flatMap(({ quantity, ...item }) =>
    Array.from({ length: quantity }, () => contentOf(item)),
  );
  return licenses.flatMap((license) => {
    const replacement = byId.get(pendingReplacementOf(license) ?? '');
    if (!isUnit(license)) return [];
    const isReplaced = replacement !== undefined && revisionMarkOf(license.standing) !== 'undoable';
    const { product, terms, crit } = isReplaced ? replacement : { ...license, terms: termsOnceRenewed(license) };
    const own = positions.get(license.id);
    return [
      {
        license: license.id,
        product,
        terms,
        crit,
        standing: license.standing,
        position: positionOf(license, byId, positions),
        // A replaced license was not ordered as it is.
        ordered: isReplaced || own === undefined || !own.isAsOrdered ? undefined : ordered[own.index],
        stored: license,
        replacement,
      },
    ];
  });
}

/**
 * The units of a body, with the terms that they are sold with today.
 * @param deliveredAt milliseconds since 1970: a duration from the delivery begins then, also in a revision (N2)
 */
export function orderedUnits(
  items: OrderContent['items'],
  products: ReadonlyMap<string, StoredProduct>,
  deliveredAt: number,
): readonly OrderedUnit[] {
  return items.flatMap(({ quantity, ...item }) => {
    const product = products.get(item.product);
    if (product === undefined) throw new Error(`Bug: product ${item.product} was not read`);
    const ordered = contentOf(item);
    const unit = { ...ordered, terms: fixEnd(soldTerms(item.terms, product), 'delivery', deliveredAt), ordered };
    return Array.from({ length: quantity }, () => unit);
  });
}

function contentOf({ product, terms = {}, crit }: Partial<UnitContent> & Pick<UnitContent, 'product'>): UnitContent {
  return { product, terms, crit };
}

/** Whether the license stays on the ticket, or is replaced, unless the revision changes it. */
function isUnit({ standing }: License): boolean {
  if (isFinal(standing)) return false;
  if (standing.at === 'available') return standing.reservation?.for !== 'replace';
  if (standing.at === 'returned' && standing.cause !== 'deactivate') return false;
  const isLeaving = 'earmark' in standing && standing.earmark?.action === 'withdraw';
  return !isLeaving || revisionMarkOf(standing) === 'undoable';
}

function pendingReplacementOf({ standing }: License): string | undefined {
  return 'earmark' in standing ? standing.earmark?.replacement : undefined;
}

interface Position {
  readonly index: number;
  /** Whether the license is what the order's item says. */
  readonly isAsOrdered: boolean;
}

/** The index in the order of each license that its newest revision, or its delivery, names. */
async function positionsOf(
  dependencies: Dependencies,
  order: StoredOrder,
  licenses: readonly StoredLicense[],
): Promise<ReadonlyMap<string, Position>> {
  const number = revisionOf(order);
  if (number === 1) {
    const delivered = licenses.filter(({ predecessor }) => predecessor === undefined);
    return new Map(delivered.map(({ id }) => [id, { index: unitOf(id), isAsOrdered: true }]));
  }
  const revision = await getOrderRevision(dependencies, order.orderId, number);
  if (revision === undefined) throw new Error(`Bug: revision ${number} of order ${order.orderId} is missing`);
  const positions = new Map<string, Position>();
  for (const { outcome, index, license, successor } of revision.units) {
    if (outcome === 'withdrawn') continue;
    positions.set(license, { index, isAsOrdered: successor === undefined });
    if (successor !== undefined) positions.set(successor, { index, isAsOrdered: true });
  }
  return positions;
}

/** The position of the license, or of the license that it replaced. */
function positionOf(
  license: StoredLicense,
  byId: ReadonlyMap<string, StoredLicense>,
  positions: ReadonlyMap<string, Position>,
): number {
  let current: StoredLicense | undefined = license;
  while (current !== undefined) {
    const known = positions.get(current.id);
    if (known !== undefined) return known.index;
    current = byId.get(current.predecessor ?? '');
  }
  return unitOf(license.id);
}
