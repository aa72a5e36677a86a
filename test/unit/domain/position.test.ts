import { describe, expect, it } from 'vitest';
import { classifyContext, type UpdateChain } from '../../../domain/position.ts';

const at = (counter: number, digest = `d${counter}`) => ({ counter, digest });
/** Confirmed at 3; updates 4 and 5 are issued without a receipt. */
const LINE: UpdateChain = { confirmed: at(3), outstanding: [at(4), at(5)] };
const SETTLED: UpdateChain = { confirmed: at(3), outstanding: [] };

describe('where a context stands on its container’s line', () => {
  it('T1 a context at the last confirmed position is current, however many updates are outstanding', () => {
    expect(classifyContext(SETTLED, at(3))).toEqual({ kind: 'current' });
    expect(classifyContext(LINE, at(3))).toEqual({ kind: 'current' });
  });

  it('T2 a context at the end of an outstanding update is its receipt, and for all before it', () => {
    expect(classifyContext(LINE, at(4))).toEqual({ kind: 'receipt', counter: 4 });
    expect(classifyContext(LINE, at(5))).toEqual({ kind: 'receipt', counter: 5 });
  });

  it('T3 a context behind the last confirmed counter is a restored or cloned container', () => {
    expect(classifyContext(LINE, at(2))).toEqual({ kind: 'diverged', divergence: 'behind' });
    // Even where the content is the confirmed one by chance.
    expect(classifyContext(LINE, at(2, 'd3'))).toEqual({ kind: 'diverged', divergence: 'behind' });
  });

  it('T3 a context ahead of the last issued counter has diverged', () => {
    expect(classifyContext(LINE, at(6))).toEqual({ kind: 'diverged', divergence: 'ahead' });
    expect(classifyContext(SETTLED, at(4))).toEqual({ kind: 'diverged', divergence: 'ahead' });
  });

  it('T3 I2 a context at the right counter with another digest has diverged, and is no receipt', () => {
    expect(classifyContext(LINE, at(3, 'forged'))).toEqual({ kind: 'diverged', divergence: 'digest' });
    expect(classifyContext(LINE, at(4, 'forged'))).toEqual({ kind: 'diverged', divergence: 'digest' });
    expect(classifyContext(LINE, at(4, 'd5'))).toEqual({ kind: 'diverged', divergence: 'digest' });
    expect(classifyContext(LINE, at(5, 'd4'))).toEqual({ kind: 'diverged', divergence: 'digest' });
  });
});
