import { describe, expect, test } from 'vitest';
import type { Standing } from '../../../domain/license.ts';
import { chooseUnits } from '../../../domain/refund.ts';

const container = 'c';
const at = '2026-11-24T12:00:00Z';
const AVAILABLE: Standing = { at: 'available' };
const ASSIGNED: Standing = { at: 'available', reservation: { for: 'assign', container, orderedAt: at } };
const PLANNED: Standing = { at: 'available', reservation: { for: 'activate', container, reprogramming: 'r' } };
const COLLECTED: Standing = { at: 'collected', container, counter: 1 };
const EARMARKED: Standing = { ...COLLECTED, earmark: { action: 'withdraw', orderedAt: at } };
const TO_BE_REPLACED: Standing = { ...COLLECTED, earmark: { action: 'replace', replacement: 'x', orderedAt: at } };
const RETURNED: Standing = { at: 'returned', container, counter: 2, cause: 'deactivate' };
const RETURNED_AND_EARMARKED: Standing = { ...RETURNED, earmark: { action: 'withdraw', orderedAt: at } };
const LEAVING: Standing = { at: 'returned', container, counter: 2, cause: 'withdraw' };

const units = (...standings: (Standing | undefined)[]) => standings.map((standing, unit) => ({ unit, standing }));
const none = new Set<number>();

describe('chooseUnits', () => {
  test.each([
    ['a unit whose license is gone before an available one', [AVAILABLE, undefined], 1],
    ['a license earmarked for withdrawal before an available one', [AVAILABLE, EARMARKED], 1],
    ['a license that an outstanding update withdraws before an available one', [AVAILABLE, LEAVING], 1],
    ['a returned license earmarked for withdrawal before an available one', [AVAILABLE, RETURNED_AND_EARMARKED], 1],
    ['a withdrawn license before an available one', [AVAILABLE, { at: 'withdrawn' }], 1],
    ['a replaced license before an available one', [AVAILABLE, { at: 'replaced' }], 1],
    ['an available license before an assigned one', [ASSIGNED, AVAILABLE], 1],
    ['an assigned license before a returned one', [RETURNED, ASSIGNED], 1],
    ['a returned license before a collected one', [COLLECTED, RETURNED], 1],
    ['a returned license before one that is planned to be collected', [PLANNED, RETURNED], 1],
    ['a license earmarked for replacement like any collected one', [COLLECTED, TO_BE_REPLACED], 0],
    ['the lowest index among equals', [AVAILABLE, AVAILABLE], 0],
  ] as const)('a refund takes %s', (_, standings, expected) => {
    expect(chooseUnits(units(...standings), 1, none)).toEqual([expected]);
  });

  test('a refund takes the lowest indexes among equals, however the units are sorted', () => {
    expect(chooseUnits(units(AVAILABLE, AVAILABLE, AVAILABLE).toReversed(), 2, none)).toEqual([0, 1]);
  });

  test('a refund takes no unit that an earlier refund has taken', () => {
    expect(chooseUnits(units(AVAILABLE, AVAILABLE, COLLECTED), 2, new Set([0]))).toEqual([1, 2]);
  });

  test('a refund takes at most its quantity, and at most all units', () => {
    expect(chooseUnits(units(AVAILABLE, AVAILABLE), 0, none)).toEqual([]);
    expect(chooseUnits(units(AVAILABLE, AVAILABLE), 3, none)).toEqual([0, 1]);
  });
});
