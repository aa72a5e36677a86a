import { describe, expect, it } from 'vitest';
import type { ReturnCause, Standing } from '../../../domain/license.ts';
import { settleRetirement, settleReturn } from '../../../domain/settlement.ts';
import { aLicense, collected, earmarked, returned } from './given.ts';

type Returned = Extract<Standing, { at: 'returned' }>;
type Collected = Extract<Standing, { at: 'collected' }>;

const WITHDRAWAL = earmarked('withdraw');
const REPLACEMENT = earmarked('replace', 'new');
const back = (...[cause, earmark]: [ReturnCause, Parameters<typeof returned>[2]?]) =>
  returned(aLicense('a'), cause, earmark).standing as Returned;
const held = (earmark?: Parameters<typeof collected>[1]) => collected(aLicense('a'), earmark).standing as Collected;

describe('settleReturn', () => {
  it('a license that the user returned becomes available', () => {
    expect(settleReturn(back('deactivate'))).toStrictEqual({ state: 'available' });
  });

  it('W4 a license that the update withdrew becomes withdrawn', () => {
    expect(settleReturn(back('withdraw'))).toStrictEqual({ state: 'withdrawn' });
  });

  it('W5 a license that the user returned and that is earmarked for withdrawal becomes withdrawn', () => {
    expect(settleReturn(back('deactivate', WITHDRAWAL))).toStrictEqual({ state: 'withdrawn' });
  });

  it('R2 a license that the update replaced becomes replaced, and nothing becomes available', () => {
    expect(settleReturn(back('replace'))).toStrictEqual({ state: 'replaced' });
  });

  it('R3 a license that the user returned and that is earmarked for replacement becomes replaced, and the new one available', () => {
    expect(settleReturn(back('deactivate', REPLACEMENT))).toStrictEqual({ state: 'replaced', offer: 'new' });
  });

  it('an unknown cause throws an error that quotes it', () => {
    expect(() => settleReturn({ ...back('deactivate'), cause: 'lost' as never })).toThrow(
      'Bug: unexpected value "lost"',
    );
  });
});

describe('T7 a container is retired', () => {
  it('retirement with restore makes the licenses available', () => {
    expect(settleRetirement(held(), 'restore')).toStrictEqual({ state: 'available' });
    expect(settleRetirement(back('deactivate'), 'restore')).toStrictEqual({ state: 'available' });
  });

  it('retirement with withdraw makes the licenses withdrawn', () => {
    expect(settleRetirement(held(), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('deactivate'), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
  });

  it('retirement with restore does not undo an accepted withdrawal', () => {
    expect(settleRetirement(held(WITHDRAWAL), 'restore')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('deactivate', WITHDRAWAL), 'restore')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('withdraw'), 'restore')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('withdraw'), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
  });

  it('retirement with restore carries out an accepted replacement: the new license becomes available', () => {
    expect(settleRetirement(held(REPLACEMENT), 'restore')).toStrictEqual({ state: 'replaced', offer: 'new' });
    expect(settleRetirement(back('deactivate', REPLACEMENT), 'restore')).toStrictEqual({
      state: 'replaced',
      offer: 'new',
    });
  });

  it('retirement with withdraw ends a pending replacement: the license becomes withdrawn', () => {
    expect(settleRetirement(held(REPLACEMENT), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('deactivate', REPLACEMENT), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
  });

  it('retirement leaves a license that an outstanding update replaces as replaced', () => {
    expect(settleRetirement(back('replace'), 'restore')).toStrictEqual({ state: 'replaced' });
    expect(settleRetirement(back('replace'), 'withdraw')).toStrictEqual({ state: 'replaced' });
  });
});
