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

describe('a receipt settles a return', () => {
  it('a license that the user returned is available again', () => {
    expect(settleReturn(back('deactivate'))).toStrictEqual({ state: 'available' });
  });

  it('W4 a license that the update withdrew is withdrawn', () => {
    expect(settleReturn(back('withdraw'))).toStrictEqual({ state: 'withdrawn' });
  });

  it('W5 an earmarked license that the user returned is withdrawn, and never on offer', () => {
    expect(settleReturn(back('deactivate', WITHDRAWAL))).toStrictEqual({ state: 'withdrawn' });
  });

  it('R2 a license that the update replaced is replaced; its replacement is in the container', () => {
    expect(settleReturn(back('replace'))).toStrictEqual({ state: 'replaced' });
  });

  it('R3 when the user returned the license to be replaced, the new one goes on offer', () => {
    expect(settleReturn(back('deactivate', REPLACEMENT))).toStrictEqual({ state: 'replaced', offer: 'new' });
  });

  it('a cause that is none of these is a broken invariant', () => {
    expect(() => settleReturn({ ...back('deactivate'), cause: 'lost' as never })).toThrow(
      'Bug: unexpected value "lost"',
    );
  });
});

describe('T7 a container is retired', () => {
  it('its licenses are available again when the vendor restores them', () => {
    expect(settleRetirement(held(), 'restore')).toStrictEqual({ state: 'available' });
    expect(settleRetirement(back('deactivate'), 'restore')).toStrictEqual({ state: 'available' });
  });

  it('its licenses are withdrawn when the vendor withdraws them', () => {
    expect(settleRetirement(held(), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('deactivate'), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
  });

  it('an accepted withdrawal stands: restoring does not undo it', () => {
    expect(settleRetirement(held(WITHDRAWAL), 'restore')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('deactivate', WITHDRAWAL), 'restore')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('withdraw'), 'restore')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('withdraw'), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
  });

  it('an accepted replacement stands when the vendor restores: the new license goes on offer', () => {
    expect(settleRetirement(held(REPLACEMENT), 'restore')).toStrictEqual({ state: 'replaced', offer: 'new' });
    expect(settleRetirement(back('deactivate', REPLACEMENT), 'restore')).toStrictEqual({
      state: 'replaced',
      offer: 'new',
    });
  });

  it('a replacement that was never made is none when the vendor withdraws: the license is withdrawn', () => {
    expect(settleRetirement(held(REPLACEMENT), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
    expect(settleRetirement(back('deactivate', REPLACEMENT), 'withdraw')).toStrictEqual({ state: 'withdrawn' });
  });

  it('a license that an outstanding update replaces is replaced; the new one is settled by itself', () => {
    expect(settleRetirement(back('replace'), 'restore')).toStrictEqual({ state: 'replaced' });
    expect(settleRetirement(back('replace'), 'withdraw')).toStrictEqual({ state: 'replaced' });
  });
});
