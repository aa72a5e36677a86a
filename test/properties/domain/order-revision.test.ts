/** O1: any sequence of revisions ends with the same products and terms as the last revision alone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Standing } from '../../../domain/license.ts';
import {
  contentKey,
  type HeldUnit,
  type OrderedUnit,
  reviseUnits,
  type UnitChange,
} from '../../../domain/order-revision.ts';
import { runs } from './seed.ts';

const UPGRADES = new Map([
  ['b', 'a'],
  ['c', 'b'],
]);

const unit = fc
  .record({
    product: fc.constantFrom('a', 'b', 'c', 'd'),
    terms: fc.record({ quantity: fc.nat(2), region: fc.constantFrom('EU', 'US') }, { requiredKeys: [] }),
  })
  .map((content): OrderedUnit => ({ ...content, ordered: content }));
const body = fc.array(unit, { maxLength: 8 });
const STANDINGS: readonly Standing[] = [
  { at: 'available' },
  { at: 'available', reservation: { for: 'assign', container: 's', orderedAt: 't' } },
  { at: 'collected', container: 's', counter: 1 },
  { at: 'returned', container: 's', counter: 2, cause: 'deactivate' },
];
const standing = fc.constantFrom(...STANDINGS);

let made = 0;
/** The order after a revision, once every receipt has come. */
const applied = (changes: readonly UnitChange[]): HeldUnit[] =>
  changes.flatMap((change) => {
    if (change.outcome === 'withdrawn') return [];
    if (change.outcome === 'kept') return [{ ...change.unit, position: change.index }];
    const { by, index: position } = change;
    const kept = change.outcome === 'replaced' ? change.unit.standing : ({ at: 'available' } as const);
    return [{ ...by, license: `license-${made++}`, position, standing: kept }];
  });
const contents = (units: readonly { product: string; terms: object }[]): string[] =>
  units.map((one) => contentKey({ product: one.product, terms: one.terms as OrderedUnit['terms'] })).sort();

describe('a sequence of revisions', () => {
  test('O1: it ends with the same products and terms as its last revision alone', () => {
    fc.assert(
      fc.property(body, fc.array(body, { minLength: 1, maxLength: 5 }), fc.array(standing), (first, bodies, drawn) => {
        let held = applied(reviseUnits([], first, UPGRADES)).map((one, at) => ({
          ...one,
          standing: drawn[at] ?? one.standing,
        }));
        for (const next of bodies) held = applied(reviseUnits(held, next, UPGRADES));
        expect(contents(held)).toEqual(contents(bodies.at(-1) ?? []));
        expect(held.map(({ position }) => position)).toEqual(held.map((_, at) => at));
      }),
      runs(400),
    );
  });

  test('O1: each old and each new unit has exactly one outcome, and what can be kept is kept', () => {
    fc.assert(
      fc.property(body, body, fc.array(standing), (before, after, drawn) => {
        const held = applied(reviseUnits([], before, UPGRADES)).map((one, at) => ({
          ...one,
          standing: drawn[at] ?? one.standing,
        }));
        const changes = reviseUnits(held, after, UPGRADES);
        const olds = changes.flatMap((change) => (change.outcome === 'added' ? [] : [change.unit.license]));
        expect(olds.sort()).toEqual(held.map(({ license }) => license).sort());
        const news = changes.flatMap((change) => (change.outcome === 'withdrawn' ? [] : [change.index]));
        expect(news).toEqual(after.map((_, at) => at));
        const left = new Map<string, number>();
        for (const key of contents(held)) left.set(key, (left.get(key) ?? 0) + 1);
        let common = 0;
        for (const key of contents(after)) {
          const count = left.get(key) ?? 0;
          if (count > 0) common++;
          left.set(key, count - 1);
        }
        expect(changes.filter(({ outcome }) => outcome === 'kept')).toHaveLength(common);
        // Nothing is withdrawn while a unit of the same product is added.
        const withdrawn = changes.flatMap((change) => (change.outcome === 'withdrawn' ? [change.unit.product] : []));
        for (const change of changes)
          if (change.outcome === 'added') expect(withdrawn).not.toContain(change.by.product);
      }),
      runs(400),
    );
  });
});
