import type { Fault } from '../../../contract/parse-input.ts';
import { isOnTicket, type Standing } from '../../../domain/license.ts';
import { chooseUnits, type SoldUnit } from '../../../domain/refund.ts';
import type { StoredSale } from '../../store/order-item.ts';
import type { RefundedLine } from './shop-event.ts';

export type RefundPlan =
  | { readonly kind: 'units'; readonly units: readonly number[] }
  | { readonly kind: 'unusable'; readonly errors: readonly Fault[] };

/**
 * Chooses the units of an order that a refund of some of its lines withdraws: the refunded part of each item of a line, and
 * no unit that an earlier refund took.
 * @param taken units of the earlier refunds.
 * @param standings of the licenses on the ticket, by unit.
 */
export function planRefund(
  sale: StoredSale,
  refunded: readonly RefundedLine[],
  taken: ReadonlySet<number>,
  standings: ReadonlyMap<number, Standing>,
): RefundPlan {
  const soldLines = unitsByLine(sale);
  const units: number[] = [];
  const errors: Fault[] = [];
  for (const [index, { line, quantity }] of mergeLines(refunded).entries()) {
    const soldLine = soldLines.get(line);
    if (soldLine === undefined) {
      errors.push({ path: `refund_line_items.${index}`, message: `the order has no line ${line}` });
      continue;
    }
    for (const itemUnits of soldLine.items) {
      const count = quantity * (itemUnits.length / soldLine.quantity);
      const left = itemUnits.filter((unit) => !taken.has(unit)).map((unit) => soldUnit(unit, standings));
      if (left.length < count) {
        const message = `the refund has ${count} licenses of line ${line}; ${left.length} are not refunded yet`;
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

interface SoldLineUnits {
  readonly quantity: number;
  /** The units of each of the line's items. */
  readonly items: readonly (readonly number[])[];
}

/** The units of each line. An order's units are numbered from 0, in the order of its items. */
function unitsByLine({ lines }: StoredSale): ReadonlyMap<string, SoldLineUnits> {
  const byLine = new Map<string, SoldLineUnits>();
  let next = 0;
  for (const { line, quantity, units } of lines) {
    const items = units.map((count) => Array.from({ length: count }, () => next++));
    byLine.set(line, { quantity, items });
  }
  return byLine;
}

/** Adds up the quantities of a line that the refund names more than once. */
function mergeLines(lines: readonly RefundedLine[]): RefundedLine[] {
  const byLine = new Map<string, RefundedLine>();
  for (const line of lines) {
    const quantity = (byLine.get(line.line)?.quantity ?? 0) + line.quantity;
    byLine.set(line.line, { ...line, quantity });
  }
  return [...byLine.values()];
}

/** The standings of the licenses on a ticket, by the unit that each license stands for. */
export function standingsByUnit(
  licenses: readonly { readonly id: string; readonly standing: Standing }[],
  unitOf: (license: string) => number,
): ReadonlyMap<number, Standing> {
  return new Map(
    licenses.filter(({ standing }) => isOnTicket(standing)).map(({ id, standing }) => [unitOf(id), standing]),
  );
}
