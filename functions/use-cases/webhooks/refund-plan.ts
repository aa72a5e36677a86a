import type { Fault } from '../../../contract/parse-input.ts';
import { isOnTicket, type Standing } from '../../../domain/license.ts';
import { chooseUnits, type SoldUnit } from '../../../domain/refund.ts';
import type { StoredSale } from '../../store/order-item.ts';
import type { RefundedLine } from './shop-event.ts';

export type RefundPlan =
  | { readonly kind: 'units'; readonly units: readonly number[] }
  | { readonly kind: 'unusable'; readonly errors: readonly Fault[] };

/**
 * The units of an order that a refund of some of its lines takes: of each item of a line as many as its share, none that an
 * earlier refund has taken. `standings` are those of the licenses that are on the ticket, by unit.
 */
export function planRefund(
  sale: StoredSale,
  refunded: readonly RefundedLine[],
  taken: ReadonlySet<number>,
  standings: ReadonlyMap<number, Standing>,
): RefundPlan {
  const places = placesOf(sale);
  const units: number[] = [];
  const errors: Fault[] = [];
  for (const [index, { line, quantity }] of together(refunded).entries()) {
    const place = places.get(line);
    if (place === undefined) {
      errors.push({ path: `refund_line_items.${index}`, message: `the order has no line ${line}` });
      continue;
    }
    for (const range of place.ranges) {
      const count = quantity * (range.length / place.quantity);
      const left = range.filter((unit) => !taken.has(unit)).map((unit) => soldUnit(unit, standings));
      if (left.length < count) {
        const message = `${count} licenses of line ${line} are refunded, ${left.length} are left to take`;
        errors.push({ path: `refund_line_items.${index}.quantity`, message });
        break;
      }
      units.push(...chooseUnits(left, count, taken));
    }
  }
  return errors.length > 0 ? { kind: 'unusable', errors } : { kind: 'units', units };
}

function soldUnit(unit: number, standings: ReadonlyMap<number, Standing>): SoldUnit {
  return { unit, standing: standings.get(unit) };
}

interface Place {
  readonly quantity: number;
  /** The units of each of the line's items. */
  readonly ranges: readonly (readonly number[])[];
}

/** Where a line's units are among the order's, which are numbered in the order of its items. */
function placesOf({ lines }: StoredSale): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let next = 0;
  for (const { line, quantity, units } of lines) {
    const ranges = units.map((count) => Array.from({ length: count }, () => next++));
    places.set(line, { quantity, ranges });
  }
  return places;
}

/** A refund may name a line more than once. */
function together(lines: readonly RefundedLine[]): RefundedLine[] {
  const byLine = new Map<string, RefundedLine>();
  for (const line of lines) {
    const quantity = (byLine.get(line.line)?.quantity ?? 0) + line.quantity;
    byLine.set(line.line, { ...line, quantity });
  }
  return [...byLine.values()];
}

/** How the licenses on a ticket stand, by the unit that each stands for. */
export function standingsByUnit(
  licenses: readonly { readonly id: string; readonly standing: Standing }[],
  unitOf: (license: string) => number,
): ReadonlyMap<number, Standing> {
  return new Map(
    licenses.filter(({ standing }) => isOnTicket(standing)).map(({ id, standing }) => [unitOf(id), standing]),
  );
}
