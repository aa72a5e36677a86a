import { assertNever, type Standing } from './license.ts';
import type { Terms } from './terms.ts';

/** What one unit of an order is: a product with its terms. */
export interface UnitContent {
  readonly product: string;
  readonly terms: Terms;
  readonly crit?: readonly string[] | undefined;
}

/** A unit of an order as it is now: a license that is on the ticket and stays, unless the revision changes it. */
export interface HeldUnit extends UnitContent {
  readonly license: string;
  /** Index of the unit in the order, from 0. */
  readonly position: number;
  readonly standing: Standing;
  /** The item as it was ordered. It differs from `terms` by what the product added when it was sold. */
  readonly ordered?: UnitContent | undefined;
}

/** A unit of the revised order: its terms as sold today, and the item as it is ordered. */
export interface OrderedUnit extends UnitContent {
  readonly ordered: UnitContent;
}

/** What a revision does with one unit. `index`: of the new order; of the old one for a withdrawn unit. */
export type UnitChange =
  | { readonly outcome: 'kept'; readonly index: number; readonly unit: HeldUnit }
  | { readonly outcome: 'replaced'; readonly index: number; readonly unit: HeldUnit; readonly by: OrderedUnit }
  | { readonly outcome: 'withdrawn'; readonly index: number; readonly unit: HeldUnit }
  | { readonly outcome: 'added'; readonly index: number; readonly by: OrderedUnit };
export const UNIT_OUTCOMES = [
  'kept',
  'replaced',
  'withdrawn',
  'added',
] as const satisfies readonly UnitChange['outcome'][];

interface NewUnit extends OrderedUnit {
  readonly index: number;
}

/**
 * Matches the units of an order with those of its revision (O1). The same product with the same terms is kept. Then the same
 * product with other terms, then an upgrade of the old product, then the unit at the same position, is replaced. The rest of the
 * old units is withdrawn, the rest of the new ones is added. Among equal units, those in containers stay.
 * @param upgradeOf the product that a product is an upgrade of, by the upgrade's code.
 * @returns the new order's units in their order, then the withdrawn ones.
 */
export function reviseUnits(
  held: readonly HeldUnit[],
  ordered: readonly OrderedUnit[],
  upgradeOf: ReadonlyMap<string, string | undefined>,
): readonly UnitChange[] {
  const matching = new Matching(held, ordered);
  matching.keep(
    (old) => contentKey(old),
    (unit) => contentKey(unit),
  );
  matching.keep(
    (old) => (old.ordered === undefined ? undefined : contentKey(old.ordered)),
    (unit) => contentKey(unit.ordered),
  );
  matching.replace(
    (old) => old.product,
    (unit) => unit.product,
  );
  matching.replace(
    (old) => old.product,
    (unit) => upgradeOf.get(unit.product),
  );
  matching.replace(
    (old) => String(old.position),
    (unit) => String(unit.index),
  );
  return matching.changes();
}

class Matching {
  private held: readonly HeldUnit[];
  private ordered: readonly NewUnit[];
  private readonly matched: UnitChange[] = [];

  constructor(held: readonly HeldUnit[], ordered: readonly OrderedUnit[]) {
    this.held = held.toSorted((one, other) => one.position - other.position || (one.license < other.license ? -1 : 1));
    this.ordered = ordered.map((unit, index) => ({ ...unit, index }));
  }

  keep(oldKey: (unit: HeldUnit) => string | undefined, newKey: (unit: NewUnit) => string | undefined): void {
    for (const [unit, { index }] of this.pairs(oldKey, newKey)) this.matched.push({ outcome: 'kept', index, unit });
  }

  replace(oldKey: (unit: HeldUnit) => string | undefined, newKey: (unit: NewUnit) => string | undefined): void {
    for (const [unit, { index, ...by }] of this.pairs(oldKey, newKey)) {
      this.matched.push({ outcome: 'replaced', index, unit, by });
    }
  }

  changes(): readonly UnitChange[] {
    const added = this.ordered.map(({ index, ...by }) => ({ outcome: 'added', index, by }) as const);
    const withdrawn = this.held.map((unit) => ({ outcome: 'withdrawn', index: unit.position, unit }) as const);
    return [...[...this.matched, ...added].sort((one, other) => one.index - other.index), ...withdrawn];
  }

  /** Pairs the units with equal keys, in their order, and takes them out of what is left. */
  private pairs(
    oldKey: (unit: HeldUnit) => string | undefined,
    newKey: (unit: NewUnit) => string | undefined,
  ): [HeldUnit, NewUnit][] {
    const olds = groupBy(this.held, oldKey);
    const news = groupBy(this.ordered, newKey);
    const pairs: [HeldUnit, NewUnit][] = [];
    for (const [key, wanted] of news) {
      const candidates = key === undefined ? [] : (olds.get(key) ?? []);
      const chosen = chooseStaying(candidates, wanted.length);
      for (const [at, unit] of chosen.entries()) {
        const next = wanted[at];
        if (next !== undefined) pairs.push([unit, next]);
      }
    }
    const taken = new Set<HeldUnit | number>(pairs.flatMap(([unit, next]) => [unit, next.index]));
    this.held = this.held.filter((unit) => !taken.has(unit));
    this.ordered = this.ordered.filter(({ index }) => !taken.has(index));
    return pairs;
  }
}

/** At most `count` of the units, in their order: those in containers first, so that the customer keeps what is in use. */
function chooseStaying(units: readonly HeldUnit[], count: number): readonly HeldUnit[] {
  if (units.length <= count) return units;
  const ranked = units.map((unit, at) => ({ unit, at }));
  ranked.sort((one, other) => rank(one.unit.standing) - rank(other.unit.standing) || one.at - other.at);
  const chosen = ranked.slice(0, count).sort((one, other) => one.at - other.at);
  return chosen.map(({ unit }) => unit);
}

const IN_CONTAINER = 0;
const RESERVED = 1;
const RETURNED = 2;
const AVAILABLE = 3;

function rank(standing: Standing): number {
  switch (standing.at) {
    case 'collected':
      return IN_CONTAINER;
    case 'returned':
      return RETURNED;
    case 'available':
      return standing.reservation === undefined ? AVAILABLE : RESERVED;
    case 'withdrawn':
    case 'replaced':
      return AVAILABLE;
    default:
      return assertNever(standing);
  }
}

/** Equal keys mean the same product with the same terms, as `sameTerms` compares them. */
export function contentKey({ product, terms, crit }: UnitContent): string {
  const named = Object.entries(terms).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([product, named, [...new Set(crit)].sort()]);
}

/** The items by their keys, in their order. The packages run on Node 20, which has no `Map.groupBy`. */
function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
