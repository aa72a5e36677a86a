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

describe('a refund takes', () => {
  test.each([
    ['what is gone already before anything else', [AVAILABLE, undefined], 1],
    ['what the vendor withdraws already before anything else', [AVAILABLE, EARMARKED], 1],
    ['what an update withdraws already before anything else', [AVAILABLE, LEAVING], 1],
    ['what the user returned and the vendor withdraws before anything else', [AVAILABLE, RETURNED_AND_EARMARKED], 1],
    ['a withdrawn license before anything else', [AVAILABLE, { at: 'withdrawn' }], 1],
    ['a replaced license before anything else', [AVAILABLE, { at: 'replaced' }], 1],
    ['an available license before an assigned one', [ASSIGNED, AVAILABLE], 1],
    ['an assigned license before a returned one', [RETURNED, ASSIGNED], 1],
    ['a returned license before a collected one', [COLLECTED, RETURNED], 1],
    ['a returned license before one that is planned to be collected', [PLANNED, RETURNED], 1],
    ['a license that waits for its replacement like any collected one', [COLLECTED, TO_BE_REPLACED], 0],
    ['the first among equals', [AVAILABLE, AVAILABLE], 0],
  ] as const)('%s', (_, standings, expected) => {
    expect(chooseUnits(units(...standings), 1, none)).toEqual([expected]);
  });

  test('the first among equals, in whichever order they come', () => {
    expect(chooseUnits(units(AVAILABLE, AVAILABLE, AVAILABLE).toReversed(), 2, none)).toEqual([0, 1]);
  });

  test('none that an earlier refund has taken', () => {
    expect(chooseUnits(units(AVAILABLE, AVAILABLE, COLLECTED), 2, new Set([0]))).toEqual([1, 2]);
  });

  test('never more than it names, and never more than there are', () => {
    expect(chooseUnits(units(AVAILABLE, AVAILABLE), 0, none)).toEqual([]);
    expect(chooseUnits(units(AVAILABLE, AVAILABLE), 3, none)).toEqual([0, 1]);
  });
});
