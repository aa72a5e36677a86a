import { describe, expect, test } from 'vitest';
import { shortenRefusal } from '../../../../../contract/problems.ts';
import type { Refusal } from '../../../../../domain/refusal.ts';
import { withdrawalOutcome } from '../../../../../functions/use-cases/webhooks/webhook-outcome.ts';

const dependents = (count: number): string[] => Array.from({ length: count }, (_, index) => `L${index}`);
const violation = (count: number): Refusal => ({
  code: 'dependency-violation',
  dependents: dependents(count),
  explanation: `They would miss it: ${dependents(count).join(', ')}.`,
});

describe('a shortened refusal', () => {
  test('a refusal with up to 100 dependents is not shortened', () => {
    for (const refusal of [violation(1), violation(100), { code: 'order-exists', orderId: 'SO-1' } as const]) {
      expect(shortenRefusal(refusal)).toEqual({ refusal, moreDependents: 0 });
    }
  });

  test('a refusal with more dependents keeps 100 and counts all', () => {
    const { refusal, moreDependents } = shortenRefusal(violation(1_234));
    expect(moreDependents).toBe(1_134);
    expect(refusal).toEqual({
      code: 'dependency-violation',
      dependents: dependents(100),
      explanation: '1234 licenses in the container would miss a product that they require.',
    });
  });

  test('a refusal with more than 20 faults keeps 20 of 300 characters each and counts the rest', () => {
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

describe('the outcome of a cancelled order', () => {
  test('the outcome is `done` if no withdrawal was refused', () => {
    const outcome = withdrawalOutcome({ orderId: 'SO-1' }, { withdrawn: ['A'], pending: ['B'], refused: [] });
    expect(outcome).toEqual({
      state: 'done',
      result: { orderId: 'SO-1', withdrawn: ['A'], pending: ['B'], refused: [] },
    });
  });

  test('the outcome is `failed` with the first refusal, and lists every refusal with at most 100 dependents', () => {
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
