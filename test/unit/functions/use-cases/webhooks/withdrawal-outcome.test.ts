import { describe, expect, test } from 'vitest';
import { shortenRefusal } from '../../../../../contract/problems.ts';
import type { Refusal } from '../../../../../domain/refusal.ts';
import { withdrawalOutcome } from '../../../../../functions/use-cases/webhooks/withdrawal-outcome.ts';

const dependents = (count: number): string[] => Array.from({ length: count }, (_, index) => `L${index}`);
const violation = (count: number): Refusal => ({
  code: 'dependency-violation',
  dependents: dependents(count),
  explanation: `They would miss it: ${dependents(count).join(', ')}.`,
});

describe('a refusal in short', () => {
  test('of up to a hundred dependents is as it was', () => {
    for (const refusal of [violation(1), violation(100), { code: 'order-exists', orderId: 'SO-1' } as const]) {
      expect(shortenRefusal(refusal)).toEqual({ refusal, moreDependents: 0 });
    }
  });

  test('of more names a hundred, and how many there are', () => {
    const { refusal, moreDependents } = shortenRefusal(violation(1_234));
    expect(moreDependents).toBe(1_134);
    expect(refusal).toEqual({
      code: 'dependency-violation',
      dependents: dependents(100),
      explanation: '1234 licenses in the container would miss a product that they require.',
    });
  });

  test('of up to twenty faults is as it was; of more names twenty, each by its beginning, and how many there are', () => {
    const refused = (count: number, message = 'is missing') => ({
      code: 'invalid-request' as const,
      errors: Array.from({ length: count }, (_, index) => ({ path: `items.${index}`, message })),
    });
    expect(shortenRefusal(refused(20)).refusal).toEqual(refused(20));
    const { refusal } = shortenRefusal(refused(1_000, '漢'.repeat(1_000)));
    expect(refusal).toEqual({
      code: 'invalid-request',
      errors: [...refused(20, `${'漢'.repeat(300)}…`).errors, { path: '', message: 'and 980 more' }],
    });
  });
});

describe('what came of a cancelled order', () => {
  test('is done when nothing was refused', () => {
    const outcome = withdrawalOutcome({ orderId: 'SO-1' }, { withdrawn: ['A'], pending: ['B'], refused: [] });
    expect(outcome).toEqual({
      state: 'done',
      result: { orderId: 'SO-1', withdrawn: ['A'], pending: ['B'], refused: [] },
    });
  });

  test('is failed with the first refusal, and tells each, with a hundred dependents at most', () => {
    const refused = [
      { license: 'A', refusal: violation(2) },
      { license: 'B', refusal: violation(5_000) },
    ];
    const { state, problem, result } = withdrawalOutcome({ orderId: 'SO-1' }, { withdrawn: [], pending: [], refused });
    expect({ state, problem }).toMatchObject({ state: 'failed', problem: { dependents: ['L0', 'L1'] } });
    expect(result?.['refused']).toMatchObject([
      { license: 'A', problem: { dependents: ['L0', 'L1'] } },
      { license: 'B', problem: { dependents: dependents(100), detail: expect.stringMatching(/^5000 licenses/) } },
    ]);
  });
});
