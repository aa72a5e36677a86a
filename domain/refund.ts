import { assertNever, type Standing } from './license.ts';

/** One unit of an order: its index, and its license's standing, `undefined` once the license is gone. */
export interface SoldUnit {
  readonly unit: number;
  readonly standing: Standing | undefined;
}

/**
 * Chooses the units that a refund of `quantity` units takes back, by index. `taken` are the units of earlier refunds. The
 * choice is the same for the same input: units that are gone or already being withdrawn first, so that no refund takes
 * more than its quantity; then available, assigned, returned and collected licenses; among equals the lowest index.
 */
export function chooseUnits(units: readonly SoldUnit[], quantity: number, taken: ReadonlySet<number>): number[] {
  return units
    .filter(({ unit }) => !taken.has(unit))
    .toSorted((one, other) => rank(one.standing) - rank(other.standing) || one.unit - other.unit)
    .slice(0, quantity)
    .map(({ unit }) => unit);
}

const GONE = 0;
const AVAILABLE = 1;
const RESERVED = 2;
const RETURNED = 3;
const COLLECTED = 4;

function rank(standing: Standing | undefined): number {
  if (standing === undefined) return GONE;
  switch (standing.at) {
    case 'withdrawn':
    case 'replaced':
      return GONE;
    case 'available':
      if (standing.reservation === undefined) return AVAILABLE;
      // A reprogramming has planned to collect it.
      return standing.reservation.for === 'activate' ? COLLECTED : RESERVED;
    case 'returned':
      return standing.cause === 'withdraw' || standing.earmark?.action === 'withdraw' ? GONE : RETURNED;
    case 'collected':
      return standing.earmark?.action === 'withdraw' ? GONE : COLLECTED;
    default:
      return assertNever(standing);
  }
}
