import { describe, expect, it } from 'vitest';
import { classifyContext, type UpdateChain } from '../../../domain/position.ts';

const at = (counter: number, digest = `d${counter}`) => ({ counter, digest });
/** Confirmed at 3; updates 4 and 5 are issued without a receipt. */
const CHAIN: UpdateChain = { confirmed: at(3), outstanding: [at(4), at(5)] };
const CONFIRMED: UpdateChain = { confirmed: at(3), outstanding: [] };

describe('classifyContext', () => {
  it('T1 a context at the last confirmed position is current, however many updates are outstanding', () => {
    expect(classifyContext(CONFIRMED, at(3))).toEqual({ kind: 'current' });
    expect(classifyContext(CHAIN, at(3))).toEqual({ kind: 'current' });
  });

  it('T2 a context at the end of an outstanding update is the receipt for it and for all before it', () => {
    expect(classifyContext(CHAIN, at(4))).toEqual({ kind: 'receipt', counter: 4 });
    expect(classifyContext(CHAIN, at(5))).toEqual({ kind: 'receipt', counter: 5 });
  });

  it('T3 a context behind the last confirmed counter has diverged', () => {
    expect(classifyContext(CHAIN, at(2))).toEqual({ kind: 'diverged', divergence: 'behind' });
    // Even if it has the digest of the confirmed content.
    expect(classifyContext(CHAIN, at(2, 'd3'))).toEqual({ kind: 'diverged', divergence: 'behind' });
  });

  it('T3 a context ahead of the last issued counter has diverged', () => {
    expect(classifyContext(CHAIN, at(6))).toEqual({ kind: 'diverged', divergence: 'ahead' });
    expect(classifyContext(CONFIRMED, at(4))).toEqual({ kind: 'diverged', divergence: 'ahead' });
  });

  it('T3 I2 a context at a known counter with another digest has diverged, and is not a receipt', () => {
    expect(classifyContext(CHAIN, at(3, 'forged'))).toEqual({ kind: 'diverged', divergence: 'digest' });
    expect(classifyContext(CHAIN, at(4, 'forged'))).toEqual({ kind: 'diverged', divergence: 'digest' });
    expect(classifyContext(CHAIN, at(4, 'd5'))).toEqual({ kind: 'diverged', divergence: 'digest' });
    expect(classifyContext(CHAIN, at(5, 'd4'))).toEqual({ kind: 'diverged', divergence: 'digest' });
  });
});
