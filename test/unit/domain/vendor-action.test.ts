import { describe, expect, it } from 'vitest';
import type { License, TicketLicense } from '../../../domain/license.ts';
import { MAX_PENDING_ACTIONS } from '../../../domain/limits.ts';
import type { ContainerView } from '../../../domain/sequence.ts';
import {
  decideAssignment,
  decideCancellation,
  decideReplacement,
  decideWithdrawal,
  type VendorActionDecision,
  vendorSequenceFault,
} from '../../../domain/vendor-action.ts';
import {
  aContainer,
  aLicense,
  assigning,
  available,
  collected,
  earmarked,
  NOW,
  ORDER,
  replacing,
  returned,
  standing,
  withdrawing,
} from './given.ts';

const BASE = aLicense('base');
const ADD_ON = aLicense('add-on', { requires: ['base'] });
const A = aLicense('a');
const A2 = aLicense('a2', { product: 'a' });
const A3 = aLicense('a3', { product: 'a', terms: { quantity: 3 } });

const ASSIGNED_TO_C = { for: 'assign', container: 'c', orderedAt: ORDER.at } as const;
const PLANNED_BY_C = { for: 'activate', container: 'c', reprogramming: 'r' } as const;
const WAITS_FOR_OLD = { for: 'replace', container: 'c', predecessor: 'old' } as const;

const withdraw = (license: License, container?: ContainerView, order = ORDER) =>
  decideWithdrawal(license, container, order);
const replaceBy = (by: TicketLicense, license: License, container?: ContainerView, current?: TicketLicense) =>
  decideReplacement(license, by, current, container, ORDER);
const assign = (license: License, container: ContainerView, serial = 'c') =>
  decideAssignment(license, serial, container, ORDER, NOW);

/** The refusal's code and data, without its words. */
function refusal(decision: VendorActionDecision): object {
  if (decision.kind !== 'refused') throw new Error(`Decided ${decision.kind}`);
  const { explanation: _, ...data } = { explanation: '', ...decision.refusal };
  return data;
}
function explanation(decision: VendorActionDecision): string {
  if (decision.kind !== 'refused' || !('explanation' in decision.refusal)) throw new Error('Not explained');
  return decision.refusal.explanation;
}
const IN_FLIGHT = { code: 'reprogramming-in-flight', container: 'c' };
const NOT_FOUND = { code: 'not-found' };

describe('a withdrawal', () => {
  it('W1 of an available license is carried out at once', () => {
    expect(withdraw(available(A))).toEqual({ kind: 'at-once' });
  });

  it('W2 that an add-on depends on is refused, naming the add-on', () => {
    const container = aContainer({ holds: [BASE, ADD_ON] });
    const decision = withdraw(collected(BASE), container);
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on'] });
    expect(explanation(decision)).toContain('add-on');
  });

  it('W2 that several licenses depend on names them all', () => {
    const container = aContainer({ holds: [BASE, ADD_ON, aLicense('more', { requires: ['base'] })] });
    expect(refusal(withdraw(collected(BASE), container))).toMatchObject({ dependents: ['add-on', 'more'] });
    expect(explanation(withdraw(collected(BASE), container))).toContain('add-on, more');
  });

  it('W2 Q7 is accepted when the add-on is withdrawn too', () => {
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('add-on')] });
    expect(withdraw(collected(BASE), container)).toMatchObject({ kind: 'pending' });
  });

  it('W2 is refused when an assigned add-on will need the license', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(ADD_ON)] });
    expect(refusal(withdraw(collected(BASE), container))).toEqual({
      code: 'dependency-violation',
      dependents: ['add-on'],
    });
  });

  it('W3 of a license in a container is earmarked after what is pending already, with its time and reason', () => {
    const container = aContainer({ holds: [A, BASE], pending: [withdrawing('base')] });
    expect(withdraw(collected(A), container, { ...ORDER, reason: 'sold by mistake' } as typeof ORDER)).toEqual({
      kind: 'pending',
      pending: [
        withdrawing('base'),
        { action: 'withdraw', license: 'a', orderedAt: ORDER.at, reason: 'sold by mistake' },
      ],
    });
    expect(withdraw(collected(A), aContainer({ holds: [A] }))).toStrictEqual({
      kind: 'pending',
      pending: [withdrawing('a')],
    });
  });

  it('W5 of a license that the user returned without receipt is earmarked', () => {
    expect(withdraw(returned(A), aContainer({ leaving: ['a'] }))).toEqual({
      kind: 'pending',
      pending: [withdrawing('a')],
    });
  });

  it('W7 ordered twice changes nothing', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    expect(withdraw(collected(A, earmarked('withdraw')), container)).toEqual({ kind: 'unchanged', container: 'c' });
    expect(withdraw(returned(A, 'deactivate', earmarked('withdraw')), aContainer())).toEqual({
      kind: 'unchanged',
      container: 'c',
    });
  });

  it('W7 after a replacement takes its place, and the new license is never on offer', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(withdraw(collected(A, earmarked('replace', 'a2')), container)).toEqual({
      kind: 'pending',
      pending: [withdrawing('a')],
      discard: 'a2',
    });
  });

  it('W7 after a replacement that something else relies on is refused: the set is checked as a whole', () => {
    const upgrade = aLicense('upgrade');
    const needs = aLicense('needs', { requires: ['upgrade'] });
    const container = aContainer({ holds: [A], pending: [replacing('a', upgrade), assigning(needs)] });
    expect(refusal(withdraw(collected(A, earmarked('replace', 'upgrade')), container))).toEqual({
      code: 'dependency-violation',
      dependents: ['needs'],
    });
  });

  it('that an outstanding update carries out is simply under way', () => {
    expect(withdraw(returned(A, 'withdraw'), aContainer())).toEqual({ kind: 'unchanged', container: 'c' });
  });

  it('of a license that an outstanding update replaces comes too late', () => {
    expect(refusal(withdraw(returned(A, 'replace'), aContainer()))).toEqual(IN_FLIGHT);
  });

  it('A2 of an assigned license takes the assignment with it, and no other pending action', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(A), withdrawing('base')] });
    expect(withdraw(available(A, ASSIGNED_TO_C), container)).toEqual({
      kind: 'at-once',
      pending: [withdrawing('base')],
    });
  });

  it('A2 of an assigned license that another assigned one needs is refused', () => {
    const container = aContainer({ pending: [assigning(BASE), assigning(ADD_ON)] });
    expect(refusal(withdraw(available(BASE, ASSIGNED_TO_C), container))).toEqual({
      code: 'dependency-violation',
      dependents: ['add-on'],
    });
  });

  it('of a license that a reprogramming is about to collect comes too late', () => {
    const decision = withdraw(available(A, PLANNED_BY_C), aContainer());
    expect(refusal(decision)).toEqual(IN_FLIGHT);
    expect(explanation(decision)).toContain('receipt');
  });

  it('of a replacement that waits for its turn is refused, naming the license that it stands for', () => {
    const decision = withdraw(available(A, WAITS_FOR_OLD), aContainer());
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['old'] });
    expect(explanation(decision)).toContain('old');
  });

  it.each(['withdrawn', 'replaced'] as const)('of a license that is %s is refused', (at) => {
    expect(refusal(withdraw(standing(A, { at })))).toEqual({ code: 'license-final', license: 'a', state: at });
  });
});

describe('a replacement', () => {
  it('R1 of an available license is carried out at once', () => {
    expect(replaceBy(A2, available(A))).toEqual({ kind: 'at-once' });
  });

  it('R2 of a license in a container is earmarked, with the new license', () => {
    expect(replaceBy(A2, collected(A), aContainer({ holds: [A] }))).toEqual({
      kind: 'pending',
      pending: [{ action: 'replace', license: 'a', replacement: A2, orderedAt: ORDER.at }],
    });
  });

  it('R2 by a product that an add-on does not accept is refused, naming the add-on', () => {
    const container = aContainer({ holds: [BASE, ADD_ON] });
    const decision = replaceBy(aLicense('other'), collected(BASE), container);
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on'] });
    expect(explanation(decision)).toContain('add-on');
  });

  it('R2 by one of the same product is no matter to an add-on', () => {
    const container = aContainer({ holds: [BASE, ADD_ON] });
    expect(replaceBy(aLicense('base2', { product: 'base' }), collected(BASE), container)).toMatchObject({
      kind: 'pending',
    });
  });

  it('R2 by a license whose own requirements are unmet names the license of the order, for the new one was never made', () => {
    const demanding = aLicense('new', { requires: ['missing'] });
    const decision = replaceBy(demanding, collected(BASE), aContainer({ holds: [BASE, ADD_ON] }));
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on', 'base'] });
    expect(explanation(decision)).toContain('add-on, base');
    expect(explanation(decision)).not.toContain('new');
  });

  it('R3 of a license that the user returned without receipt is earmarked, whatever the new one requires', () => {
    const demanding = aLicense('new', { requires: ['missing'] });
    expect(replaceBy(demanding, returned(A), aContainer({ leaving: ['a'] }))).toMatchObject({ kind: 'pending' });
  });

  it('R5 of an assigned license passes the assignment on to the new one', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(A), withdrawing('base')] });
    expect(replaceBy(A2, available(A, ASSIGNED_TO_C), container)).toEqual({
      kind: 'at-once',
      pending: [assigning(A2), withdrawing('base')],
    });
  });

  it('R5 leaves the assignments of other licenses alone', () => {
    const container = aContainer({ pending: [assigning(BASE), assigning(A)] });
    expect(replaceBy(A2, available(A, ASSIGNED_TO_C), container)).toEqual({
      kind: 'at-once',
      pending: [assigning(BASE), assigning(A2)],
    });
  });

  it('R5 of an assigned license by one whose requirements are unmet is refused, naming the license of the order', () => {
    const demanding = aLicense('new', { requires: ['missing'] });
    const decision = replaceBy(demanding, available(A, ASSIGNED_TO_C), aContainer({ pending: [assigning(A)] }));
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['a'] });
  });

  it('W7 ordered twice with the same product and terms changes nothing', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    const earmark = earmarked('replace', 'a2');
    const again = aLicense('a9', { product: 'a' });
    expect(replaceBy(again, collected(A, earmark), container, A2)).toEqual({ kind: 'unchanged', container: 'c' });
    expect(replaceBy(again, returned(A, 'deactivate', earmark), aContainer(), A2)).toEqual({
      kind: 'unchanged',
      container: 'c',
    });
  });

  it.each([
    ['other terms', A3],
    ['another product', aLicense('a9', { product: 'b' })],
  ])('W7 with %s takes the place of the one before', (_, next) => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(replaceBy(next, collected(A, earmarked('replace', 'a2')), container, A2)).toEqual({
      kind: 'pending',
      pending: [{ action: 'replace', license: 'a', replacement: next, orderedAt: ORDER.at }],
      discard: 'a2',
    });
  });

  it('W7 takes the place of one whose new license is not there', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(replaceBy(A3, collected(A, earmarked('replace', 'a2')), container)).toMatchObject({
      kind: 'pending',
      discard: 'a2',
    });
  });

  it('W7 after a withdrawal takes its place', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    expect(replaceBy(A2, collected(A, earmarked('withdraw')), container)).toEqual({
      kind: 'pending',
      pending: [{ action: 'replace', license: 'a', replacement: A2, orderedAt: ORDER.at }],
    });
  });

  it('W7 T5 that an outstanding update carries out is under way when it is the same, and comes too late when it is another', () => {
    const again = aLicense('a9', { product: 'a' });
    expect(replaceBy(again, returned(A, 'replace'), aContainer(), A2)).toEqual({ kind: 'unchanged', container: 'c' });
    expect(refusal(replaceBy(A3, returned(A, 'replace'), aContainer(), A2))).toEqual(IN_FLIGHT);
    expect(refusal(replaceBy(A2, returned(A, 'withdraw'), aContainer(), A2))).toEqual(IN_FLIGHT);
  });

  it.each(['withdrawn', 'replaced'] as const)('of a license that is %s is refused', (at) => {
    expect(refusal(replaceBy(A2, standing(A, { at })))).toEqual({ code: 'license-final', license: 'a', state: at });
  });
});

describe('an assignment', () => {
  it('A1 of an available license waits for the container’s next reprogramming, after what is pending already', () => {
    const container = aContainer({ holds: [BASE], pending: [withdrawing('base')] });
    expect(assign(available(A), container)).toEqual({ kind: 'pending', pending: [withdrawing('base'), assigning(A)] });
  });

  it('A1 hands on what the container will hold, and nothing of where the license stands', () => {
    const license = { ...available(A), predecessor: 'older' };
    const decision = decideAssignment(license, 'c', aContainer(), { at: ORDER.at, reason: 'a gift' }, NOW);
    expect(decision).toEqual({ kind: 'pending', pending: [{ ...assigning(A), reason: 'a gift' }] });
  });

  it('Q7 of an add-on whose base license is missing is refused', () => {
    expect(refusal(assign(available(ADD_ON), aContainer()))).toEqual({
      code: 'dependency-violation',
      dependents: ['add-on'],
    });
    expect(assign(available(ADD_ON), aContainer({ pending: [assigning(BASE)] }))).toMatchObject({ kind: 'pending' });
  });

  it('W7 to the same container again changes nothing', () => {
    expect(assign(available(A, ASSIGNED_TO_C), aContainer({ pending: [assigning(A)] }))).toEqual({
      kind: 'unchanged',
      container: 'c',
    });
  });

  it('W7 T5 of a license that an outstanding update brings there is under way', () => {
    const collectedBy = (container: string): License => ({
      ...collected(A),
      standing: { at: 'collected', container, counter: 2 },
    });
    expect(assign(collectedBy('c'), aContainer({ holds: [A], arriving: ['a'] }))).toEqual({
      kind: 'unchanged',
      container: 'c',
    });
    for (const [license, container] of [
      [collectedBy('c'), aContainer({ holds: [A] })],
      [collectedBy('other'), aContainer({ arriving: ['a'] })],
      // It comes and goes: what is outstanding ends without it.
      [returned(A), aContainer({ arriving: ['a'] })],
    ] as const)
      expect(refusal(assign(license, container))).toMatchObject({ conflicts: [{ reason: 'not-available' }] });
  });

  it.each([
    ['is assigned to another container', available(A, { ...ASSIGNED_TO_C, container: 'other' }), 'reserved-elsewhere'],
    ['a reprogramming is about to collect', available(A, PLANNED_BY_C), 'reserved-elsewhere'],
    ['waits to replace another', available(A, WAITS_FOR_OLD), 'not-available'],
    ['is in a container', collected(A), 'not-available'],
    ['is returned without receipt', returned(A), 'not-available'],
  ])('T6 of a license that %s is refused', (_, license, reason) => {
    expect(refusal(assign(license, aContainer()))).toEqual({
      code: 'manual-conflict',
      conflicts: [{ action: 'assign', license: 'a', reason }],
    });
  });

  it('of an expired license is refused', () => {
    const ends = (at: number) => available(aLicense('a', { terms: { expiresAt: new Date(at).toISOString() } }));
    expect(refusal(assign(ends(NOW), aContainer()))).toEqual({
      code: 'manual-conflict',
      conflicts: [{ action: 'assign', license: 'a', reason: 'expired' }],
    });
    expect(assign(ends(NOW + 1), aContainer())).toMatchObject({ kind: 'pending' });
  });

  it.each(['withdrawn', 'replaced'] as const)('of a license that is %s is refused', (at) => {
    expect(refusal(assign(standing(A, { at }), aContainer()))).toEqual({
      code: 'license-final',
      license: 'a',
      state: at,
    });
  });
});

describe('a cancellation', () => {
  it('W6 takes a pending withdrawal back', () => {
    const container = aContainer({ holds: [A, BASE], pending: [withdrawing('a'), withdrawing('base')] });
    expect(decideCancellation(collected(A, earmarked('withdraw')), 'withdraw', container, 1)).toEqual({
      kind: 'pending',
      pending: [withdrawing('base')],
    });
  });

  it('W6 takes a pending replacement back, whose license is then never on offer', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(decideCancellation(collected(A, earmarked('replace', 'a2')), 'replace', container, 1)).toEqual({
      kind: 'pending',
      pending: [],
      discard: 'a2',
    });
  });

  it('W6 takes a pending assignment back', () => {
    const container = aContainer({ pending: [assigning(A)] });
    expect(decideCancellation(available(A, ASSIGNED_TO_C), 'assign', container, 1)).toEqual({
      kind: 'pending',
      pending: [],
    });
  });

  it('W6 takes an order back that waits for a receipt (W5, R3)', () => {
    const container = aContainer({ leaving: ['a'], pending: [replacing('a', A2)] });
    const license = returned(A, 'deactivate', earmarked('replace', 'a2'));
    expect(decideCancellation(license, 'replace', container, 1)).toEqual({
      kind: 'pending',
      pending: [],
      discard: 'a2',
    });
  });

  it('W6 Q7 that would leave the remaining actions unable to run is refused, naming the dependent license', () => {
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('add-on'), withdrawing('base')] });
    const decision = decideCancellation(collected(ADD_ON, earmarked('withdraw')), 'withdraw', container, 1);
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on'] });
  });

  it.each([
    ['withdraw', returned(A, 'withdraw')],
    ['replace', returned(A, 'replace')],
    ['assign', collected(A)],
  ] as const)('W6 of a %s that a reprogramming has planned comes too late', (action, license) => {
    expect(refusal(decideCancellation(license, action, aContainer(), 0))).toEqual(IN_FLIGHT);
  });

  it.each([
    ['withdrawal', 'withdraw', available(A)],
    ['withdrawal', 'withdraw', collected(A)],
    ['withdrawal', 'withdraw', collected(A, earmarked('replace', 'a2'))],
    ['withdrawal', 'withdraw', returned(A, 'replace')],
    ['withdrawal', 'withdraw', returned(A)],
    ['withdrawal', 'withdraw', available(A, ASSIGNED_TO_C)],
    ['replacement', 'replace', collected(A, earmarked('withdraw'))],
    ['replacement', 'replace', returned(A, 'withdraw')],
    ['assignment', 'assign', available(A)],
    ['assignment', 'assign', available(A, PLANNED_BY_C)],
    ['assignment', 'assign', returned(A)],
    // Collected long ago: there is no assignment any more.
    ['assignment', 'assign', collected(A)],
  ] as const)('finds no %s that could be cancelled (%s, %o)', (noun, action, license) => {
    const decision = decideCancellation(license, action, aContainer({ holds: [A] }), 1);
    expect(refusal(decision)).toEqual(NOT_FOUND);
    expect(explanation(decision)).toContain(noun);
  });

  it('finds no withdrawal on a license that has just been collected', () => {
    expect(refusal(decideCancellation(collected(A), 'withdraw', aContainer({ holds: [A] }), 0))).toEqual(NOT_FOUND);
  });

  it.each(['withdrawn', 'replaced'] as const)('of an order on a license that is %s is refused', (at) => {
    const decision = decideCancellation(standing(A, { at }), 'withdraw', aContainer(), 1);
    expect(refusal(decision)).toEqual({ code: 'license-final', license: 'a', state: at });
  });
});

describe('Q7 the vendor-only sequence decides', () => {
  it('no fault where every requirement is met', () => {
    expect(vendorSequenceFault(aContainer({ holds: [BASE, ADD_ON] }), [withdrawing('add-on')])).toBeUndefined();
  });

  it('the pending actions that are given count, not those of the container', () => {
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('base')] });
    expect(vendorSequenceFault(container, [])).toBeUndefined();
    expect(vendorSequenceFault({ ...container, pending: [] }, container.pending)).toMatchObject({
      dependents: ['add-on'],
    });
  });

  it('as many actions may be pending as the limit says, and not one more', () => {
    const many = Array.from({ length: MAX_PENDING_ACTIONS }, (_, index) => assigning(aLicense(`l${index}`)));
    expect(vendorSequenceFault(aContainer(), many)).toBeUndefined();
    const fault = vendorSequenceFault(aContainer(), [...many, assigning(A)]);
    expect(fault).toMatchObject({
      code: 'too-many-outstanding',
      explanation: expect.stringContaining(String(MAX_PENDING_ACTIONS)),
    });
    expect(refusal(assign(available(A), aContainer({ pending: many })))).toEqual({ code: 'too-many-outstanding' });
    const held = aContainer({ holds: [A], pending: many });
    expect(refusal(replaceBy(A2, collected(A), held))).toEqual({ code: 'too-many-outstanding' });
  });
});

describe('an order without the container that the license names', () => {
  it.each([
    ['withdraw', () => withdraw(collected(A))],
    ['withdraw an assigned license', () => withdraw(available(A, ASSIGNED_TO_C))],
    ['replace', () => replaceBy(A2, returned(A))],
    ['cancel', () => decideCancellation(collected(A, earmarked('withdraw')), 'withdraw', undefined, 1)],
  ])('is a broken invariant: %s', (_, order) => {
    expect(order).toThrow('Bug: the container of license a was not read');
  });
});
