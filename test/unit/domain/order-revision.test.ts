import { describe, expect, test } from 'vitest';
import type { Standing } from '../../../domain/license.ts';
import { type HeldUnit, type OrderedUnit, reviseUnits } from '../../../domain/order-revision.ts';
import type { Terms } from '../../../domain/terms.ts';

const COLLECTED: Standing = { at: 'collected', container: 'c', counter: 1 };
const AVAILABLE: Standing = { at: 'available' };

const held = (position: number, product: string, terms: Terms = {}, standing: Standing = AVAILABLE): HeldUnit => ({
  license: `L${position}`,
  position,
  product,
  terms,
  standing,
  ordered: { product, terms },
});
const ordered = (product: string, terms: Terms = {}): OrderedUnit => ({ product, terms, ordered: { product, terms } });
const outcomes = (
  old: readonly HeldUnit[],
  next: readonly OrderedUnit[],
  upgradeOf: ReadonlyMap<string, string> = new Map(),
): string[] =>
  reviseUnits(old, next, upgradeOf).map((change) =>
    change.outcome === 'added'
      ? `${change.index} added ${change.by.product}`
      : `${change.index} ${change.outcome} ${change.unit.license}`,
  );

describe('the units of a revised order (O1)', () => {
  test('the same product with the same terms is kept wherever it is in the new order', () => {
    expect(outcomes([held(0, 'a'), held(1, 'b')], [ordered('b'), ordered('a')])).toEqual(['0 kept L1', '1 kept L0']);
  });

  test('a term list in another order is another term, and critical terms in another order are the same', () => {
    const old = { ...held(0, 'a', { features: ['x', 'y'] }), crit: ['features'], ordered: undefined };
    expect(outcomes([old], [{ ...ordered('a', { features: ['y', 'x'] }), crit: ['features'] }])).toEqual([
      '0 replaced L0',
    ]);
    expect(outcomes([old], [{ ...ordered('a', { features: ['x', 'y'] }), crit: ['features'] }])).toEqual(['0 kept L0']);
    expect(outcomes([old], [ordered('a', { features: ['x', 'y'] })])).toEqual(['0 replaced L0']);
  });

  test('an item that is ordered as before is kept, although its product has other features by now', () => {
    const old = { ...held(0, 'a', { features: ['x'] }), ordered: { product: 'a', terms: {} } };
    const next = { ...ordered('a', { features: ['x', 'y'] }), ordered: { product: 'a', terms: {} } };
    expect(outcomes([old], [next])).toEqual(['0 kept L0']);
  });

  test('the same product with other terms is replaced before an upgrade, and an upgrade before the same position', () => {
    const old = [held(0, 'a'), held(1, 'b'), held(2, 'c')];
    const next = [ordered('x'), ordered('pro'), ordered('a', { quantity: 2 })];
    expect(outcomes(old, next, new Map([['pro', 'c']]))).toEqual([
      '0 added x',
      '1 replaced L2',
      '2 replaced L0',
      '1 withdrawn L1',
    ]);
    expect(outcomes(old, next)).toEqual(['0 added x', '1 replaced L1', '2 replaced L0', '2 withdrawn L2']);
  });

  test('the rest of the old order is withdrawn and the rest of the new one is added', () => {
    expect(outcomes([held(0, 'a'), held(1, 'b')], [ordered('a')])).toEqual(['0 kept L0', '1 withdrawn L1']);
    expect(outcomes([held(0, 'a')], [ordered('a'), ordered('b')])).toEqual(['0 kept L0', '1 added b']);
    expect(outcomes([held(0, 'a')], [])).toEqual(['0 withdrawn L0']);
  });

  test('among equal units, those in containers stay', () => {
    const old = [held(0, 'a'), held(1, 'a', {}, COLLECTED), held(2, 'a')];
    expect(outcomes(old, [ordered('a')])).toEqual(['0 kept L1', '0 withdrawn L0', '2 withdrawn L2']);
    expect(outcomes(old, [ordered('a', { quantity: 2 })])).toEqual([
      '0 replaced L1',
      '0 withdrawn L0',
      '2 withdrawn L2',
    ]);
  });

  test('a revision of 2,000 units with 2,000 different terms is matched in less than a second', () => {
    const old = Array.from({ length: 2000 }, (_, at) => held(at, 'a', { quantity: at + 1 }));
    const next = Array.from({ length: 2000 }, (_, at) => ordered('a', { quantity: at + 1001 }));
    const started = performance.now();
    const changes = reviseUnits(old, next, new Map());
    expect(performance.now() - started).toBeLessThan(1000);
    expect(changes.filter(({ outcome }) => outcome === 'kept')).toHaveLength(1000);
    expect(changes.filter(({ outcome }) => outcome === 'replaced')).toHaveLength(1000);
  });
});
