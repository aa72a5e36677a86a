import { describe, expect, test } from 'vitest';
import { type Candidate, forecastActions } from '../../../domain/forecast.ts';
import type { License } from '../../../domain/license.ts';
import { MAX_PENDING_ACTIONS } from '../../../domain/limits.ts';
import { decideReplacement, decideWithdrawal } from '../../../domain/vendor-action.ts';
import {
  aContainer,
  aLicense,
  assigning,
  available,
  collected,
  earmarked,
  ORDER,
  returned,
  withdrawing,
} from './given.ts';

const withdrawal = (license: License): Candidate => ({
  license: license.id,
  decide: (container) => decideWithdrawal(license, container, ORDER),
});
const replacement = (license: License, product: string): Candidate => ({
  license: license.id,
  decide: (container) =>
    decideReplacement(license, { ...license, id: `${license.id}-new`, product }, undefined, container, ORDER),
});

const base = aLicense('a-base');
const addOn = aLicense('b-add-on', { requires: ['a-base'] });
const plugIn = aLicense('c-plug-in', { requires: ['b-add-on'] });
const all = [base, addOn, plugIn];

const names = ({ accepted, refused }: ReturnType<typeof forecastActions>) => ({
  accepted: accepted.map(({ license }) => license),
  refused: refused.map(({ license }) => license),
});

describe('orders on one container', () => {
  test('are accepted from the top down, in whatever order they are given', () => {
    for (const given of [all, all.toReversed(), [addOn, plugIn, base]]) {
      const candidates = given.map((license) => withdrawal(collected(license)));
      expect(names(forecastActions(candidates, aContainer({ holds: all })))).toEqual({
        accepted: ['c-plug-in', 'b-add-on', 'a-base'],
        refused: [],
      });
    }
  });

  test('leave out only what another license needs, and say which', () => {
    const candidates = [base, plugIn].map((license) => withdrawal(collected(license)));
    const forecast = forecastActions(candidates, aContainer({ holds: all }));
    expect(names(forecast)).toEqual({ accepted: ['c-plug-in'], refused: ['a-base'] });
    expect(forecast.refused[0]?.refusal).toMatchObject({ code: 'dependency-violation', dependents: ['b-add-on'] });
  });

  test('of which none can be accepted are each asked for once', () => {
    let asked = 0;
    const counting = (candidate: Candidate): Candidate => ({
      ...candidate,
      decide(container) {
        asked += 1;
        return candidate.decide(container);
      },
    });
    const forecast = forecastActions([counting(withdrawal(collected(base)))], aContainer({ holds: [base, addOn] }));
    expect(names(forecast)).toEqual({ accepted: [], refused: ['a-base'] });
    expect(asked).toBe(1);
  });

  test('leave the last license of a product that is still needed, and take the others', () => {
    const others = ['x', 'y', 'z'].map((id) => aLicense(id, { product: 'a-base' }));
    const candidates = others.map((license) => withdrawal(collected(license)));
    const forecast = forecastActions(candidates, aContainer({ holds: [...others, addOn] }));
    expect(names(forecast)).toEqual({ accepted: ['x', 'y'], refused: ['z'] });
  });

  test('see what was pending before, and what the ones before them have made pending', () => {
    const forecast = forecastActions(
      [withdrawal(collected(addOn)), withdrawal(collected(base))],
      aContainer({ holds: all, pending: [withdrawing('c-plug-in')] }),
    );
    expect(forecast.accepted.map(({ decision }) => decision)).toEqual([
      expect.objectContaining({ kind: 'pending', pending: [expect.anything(), expect.anything()] }),
      expect.objectContaining({ kind: 'pending', pending: [expect.anything(), expect.anything(), expect.anything()] }),
    ]);
  });

  test('that stand already change nothing for the next one', () => {
    const forecast = forecastActions(
      [withdrawal(collected(addOn, earmarked('withdraw'))), withdrawal(collected(base))],
      aContainer({ holds: [base, addOn], pending: [withdrawing('b-add-on')] }),
    );
    expect(forecast.accepted.map(({ decision }) => decision.kind)).toEqual(['unchanged', 'pending']);
  });

  test('make room for each other: an assignment that goes gives its place to the next order', () => {
    const many = Array.from({ length: MAX_PENDING_ACTIONS - 1 }, (_, index) => withdrawing(`other-${index}`));
    const assigned = aLicense('assigned');
    const reservation = { for: 'assign', container: 'c', orderedAt: ORDER.at } as const;
    const forecast = forecastActions(
      [withdrawal(collected(base)), withdrawal(available(assigned, reservation))],
      aContainer({ holds: [base], pending: [...many, assigning(assigned)] }),
    );
    expect(names(forecast)).toEqual({ accepted: ['assigned', 'a-base'], refused: [] });
  });

  test('replace an add-on first when its new product no longer needs what is replaced', () => {
    const candidates = [base, addOn].map((license) => {
      const one = collected(license);
      const fresh = { ...aLicense(`${license.id}-new`, { product: 'suite' }) };
      return {
        license: license.id,
        decide: (container) => decideReplacement(one, fresh, undefined, container, ORDER),
      } satisfies Candidate;
    });
    expect(names(forecastActions(candidates, aContainer({ holds: [base, addOn] })))).toEqual({
      accepted: ['b-add-on', 'a-base'],
      refused: [],
    });
  });

  test('refuse a replacement by a product that others cannot do without', () => {
    const forecast = forecastActions([replacement(collected(base), 'other')], aContainer({ holds: [base, addOn] }));
    expect(names(forecast)).toEqual({ accepted: [], refused: ['a-base'] });
  });
});

test('licenses in no container are each decided alone', () => {
  const forecast = forecastActions([withdrawal(available(base)), withdrawal(available(addOn))], undefined);
  expect(forecast.accepted.map(({ decision }) => decision.kind)).toEqual(['at-once', 'at-once']);
});

test('a license that was returned is earmarked whatever the container still needs', () => {
  const forecast = forecastActions(
    [withdrawal(returned(base))],
    aContainer({ holds: [addOn, aLicense('o', { product: 'a-base' })] }),
  );
  expect(names(forecast).accepted).toEqual(['a-base']);
});

test('nothing to order is nothing to foresee', () => {
  expect(forecastActions([], aContainer())).toEqual({ accepted: [], refused: [] });
});
