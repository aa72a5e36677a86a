import { assertNever, type Standing } from './license.ts';

/** A unit of an order, by its place in it, and how the license that stands for it stands; none when it is gone. */
export interface SoldUnit {
  readonly unit: number;
  readonly standing: Standing | undefined;
}

/**
 * The units that a refund of `quantity` takes back: those that hurt the customer least, and always the same ones. What is
 * gone already, or on its way out by another order of the vendor's, counts first, so that no refund takes more than it
 * names. `taken` are the units of the refunds before it.
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
      // Planned already: as good as in its container.
      return standing.reservation.for === 'activate' ? COLLECTED : RESERVED;
    case 'returned':
      return standing.cause === 'withdraw' || standing.earmark?.action === 'withdraw' ? GONE : RETURNED;
    case 'collected':
      return standing.earmark?.action === 'withdraw' ? GONE : COLLECTED;
    default:
      return assertNever(standing);
  }
}
