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
  DETAILS,
  earmarked,
  returned,
  withdrawing,
} from './given.ts';

const withdrawal = (license: License): Candidate => ({
  license: license.id,
  decide: (container) => decideWithdrawal(license, container, DETAILS),
});
const replacement = (license: License, product: string): Candidate => ({
  license: license.id,
  decide: (container) =>
    decideReplacement(license, { ...license, id: `${license.id}-new`, product }, undefined, container, DETAILS),
});

const base = aLicense('a-base');
const addOn = aLicense('b-add-on', { requires: ['a-base'] });
const plugIn = aLicense('c-plug-in', { requires: ['b-add-on'] });
const all = [base, addOn, plugIn];

const names = ({ accepted, refused }: ReturnType<typeof forecastActions>) => ({
  accepted: accepted.map(({ license }) => license),
  refused: refused.map(({ license }) => license),
});

describe('vendor actions on one container', () => {
  test('withdrawals are accepted dependents first, however the candidates are sorted', () => {
    for (const given of [all, all.toReversed(), [addOn, plugIn, base]]) {
      const candidates = given.map((license) => withdrawal(collected(license)));
      expect(names(forecastActions(candidates, aContainer({ holds: all })))).toEqual({
        accepted: ['c-plug-in', 'b-add-on', 'a-base'],
        refused: [],
      });
    }
  });

  test('a withdrawal is refused only if a license that stays requires it, and names that license', () => {
    const candidates = [base, plugIn].map((license) => withdrawal(collected(license)));
    const forecast = forecastActions(candidates, aContainer({ holds: all }));
    expect(names(forecast)).toEqual({ accepted: ['c-plug-in'], refused: ['a-base'] });
    expect(forecast.refused[0]?.refusal).toMatchObject({ code: 'dependency-violation', dependents: ['b-add-on'] });
  });

  test('candidates of which none is accepted are each decided once', () => {
    let decisions = 0;
    const counting = (candidate: Candidate): Candidate => ({
      ...candidate,
      decide(container) {
        decisions += 1;
        return candidate.decide(container);
      },
    });
    const forecast = forecastActions([counting(withdrawal(collected(base)))], aContainer({ holds: [base, addOn] }));
    expect(names(forecast)).toEqual({ accepted: [], refused: ['a-base'] });
    expect(decisions).toBe(1);
  });

  test('the last license of a product that is still required is refused, and the others are accepted', () => {
    const others = ['x', 'y', 'z'].map((id) => aLicense(id, { product: 'a-base' }));
    const candidates = others.map((license) => withdrawal(collected(license)));
    const forecast = forecastActions(candidates, aContainer({ holds: [...others, addOn] }));
    expect(names(forecast)).toEqual({ accepted: ['x', 'y'], refused: ['z'] });
  });

  test('a decision sees the container’s pending actions and those accepted before it', () => {
    const forecast = forecastActions(
      [withdrawal(collected(addOn)), withdrawal(collected(base))],
      aContainer({ holds: all, pending: [withdrawing('c-plug-in')] }),
    );
    expect(forecast.accepted.map(({ decision }) => decision)).toEqual([
      expect.objectContaining({ kind: 'pending', pending: [expect.anything(), expect.anything()] }),
      expect.objectContaining({ kind: 'pending', pending: [expect.anything(), expect.anything(), expect.anything()] }),
    ]);
  });

  test('an unchanged action does not change the container for the next one', () => {
    const forecast = forecastActions(
      [withdrawal(collected(addOn, earmarked('withdraw'))), withdrawal(collected(base))],
      aContainer({ holds: [base, addOn], pending: [withdrawing('b-add-on')] }),
    );
    expect(forecast.accepted.map(({ decision }) => decision.kind)).toEqual(['unchanged', 'pending']);
  });

  test('an assignment that a withdrawal ends makes room for the next pending action', () => {
    const many = Array.from({ length: MAX_PENDING_ACTIONS - 1 }, (_, index) => withdrawing(`other-${index}`));
    const assigned = aLicense('assigned');
    const reservation = { for: 'assign', container: 'c', orderedAt: DETAILS.at } as const;
    const forecast = forecastActions(
      [withdrawal(collected(base)), withdrawal(available(assigned, reservation))],
      aContainer({ holds: [base], pending: [...many, assigning(assigned)] }),
    );
    expect(names(forecast)).toEqual({ accepted: ['assigned', 'a-base'], refused: [] });
  });

  test('an add-on is replaced before its base license if its new product does not require the base', () => {
    const candidates = [base, addOn].map((license) => {
      const one = collected(license);
      const fresh = { ...aLicense(`${license.id}-new`, { product: 'suite' }) };
      return {
        license: license.id,
        decide: (container) => decideReplacement(one, fresh, undefined, container, DETAILS),
      } satisfies Candidate;
    });
    expect(names(forecastActions(candidates, aContainer({ holds: [base, addOn] })))).toEqual({
      accepted: ['b-add-on', 'a-base'],
      refused: [],
    });
  });

  test('a replacement that leaves another license without its required product is refused', () => {
    const forecast = forecastActions([replacement(collected(base), 'other')], aContainer({ holds: [base, addOn] }));
    expect(names(forecast)).toEqual({ accepted: [], refused: ['a-base'] });
  });
});

test('withdrawals of licenses in no container are each decided alone', () => {
  const forecast = forecastActions([withdrawal(available(base)), withdrawal(available(addOn))], undefined);
  expect(forecast.accepted.map(({ decision }) => decision.kind)).toEqual(['at-once', 'at-once']);
});

test('a withdrawal of a returned license is accepted, whatever the container’s licenses require', () => {
  const forecast = forecastActions(
    [withdrawal(returned(base))],
    aContainer({ holds: [addOn, aLicense('o', { product: 'a-base' })] }),
  );
  expect(names(forecast).accepted).toEqual(['a-base']);
});

test('a forecast without candidates is empty', () => {
  expect(forecastActions([], aContainer())).toEqual({ accepted: [], refused: [] });
});
