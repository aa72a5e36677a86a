import { describe, expect, it } from 'vitest';
import type { LicenseState } from '../../../domain/license.ts';
import { IllegalMove, type Move, stateAfter } from '../../../domain/license-moves.ts';

const STATES: readonly LicenseState[] = [
  'available',
  'collected-without-receipt',
  'confirmed-collected',
  'returned-without-receipt',
  'withdrawn',
  'replaced',
];

/** Each move with the states that it starts from and the state after it: a second table, written from the design. */
const LEGAL: Readonly<Record<Move, Readonly<Partial<Record<LicenseState, LicenseState>>>>> = {
  collect: { available: 'collected-without-receipt' },
  'confirm-collection': { 'collected-without-receipt': 'confirmed-collected' },
  return: {
    'collected-without-receipt': 'returned-without-receipt',
    'confirmed-collected': 'returned-without-receipt',
  },
  'confirm-return': { 'returned-without-receipt': 'available' },
  withdraw: { available: 'withdrawn' },
  'confirm-withdrawal': { 'returned-without-receipt': 'withdrawn' },
  replace: { available: 'replaced' },
  'confirm-replacement': { 'returned-without-receipt': 'replaced' },
  'retire-and-restore': fromContainer('available'),
  'retire-and-withdraw': fromContainer('withdrawn'),
  'retire-and-replace': fromContainer('replaced'),
};

function fromContainer(to: LicenseState): Partial<Record<LicenseState, LicenseState>> {
  return { 'collected-without-receipt': to, 'confirmed-collected': to, 'returned-without-receipt': to };
}

const PAIRS = STATES.flatMap((from) =>
  (Object.keys(LEGAL) as Move[]).map((move) => ({ from, move, to: LEGAL[move][from] })),
);

describe('the table of legal moves', () => {
  it.each(PAIRS.filter(({ to }) => to !== undefined))(
    'a license that is $from can $move, and is $to then',
    ({ from, move, to }) => {
      expect(stateAfter(from, move)).toBe(to);
    },
  );

  it.each(PAIRS.filter(({ to }) => to === undefined))(
    'a license that is $from cannot $move: stateAfter throws IllegalMove',
    ({ from, move }) => {
      expect(() => stateAfter(from, move)).toThrow(IllegalMove);
      expect(() => stateAfter(from, move)).toThrow(
        expect.objectContaining({
          name: 'IllegalMove',
          from,
          move,
          message: `Bug: a license that is ${from} cannot ${move}`,
        }),
      );
    },
  );

  it('a license goes full circle: collected, confirmed, returned, available again', () => {
    const circle: readonly Move[] = ['collect', 'confirm-collection', 'return', 'confirm-return'];
    expect(circle.reduce<LicenseState>(stateAfter, 'available')).toBe('available');
  });

  it.each(['withdrawn', 'replaced'] as const)('no move leads out of %s', (state) => {
    for (const move of Object.keys(LEGAL) as Move[]) expect(() => stateAfter(state, move)).toThrow(IllegalMove);
  });
});
