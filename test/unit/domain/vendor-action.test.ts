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
  DETAILS,
  earmarked,
  NOW,
  replacing,
  returned,
  withdrawing,
  withStanding,
} from './given.ts';

const BASE = aLicense('base');
const ADD_ON = aLicense('add-on', { requires: ['base'] });
const A = aLicense('a');
const A2 = aLicense('a2', { product: 'a' });
const A3 = aLicense('a3', { product: 'a', terms: { quantity: 3 } });

const ASSIGNED_TO_C = { for: 'assign', container: 'c', orderedAt: DETAILS.at } as const;
const PLANNED_BY_C = { for: 'activate', container: 'c', reprogramming: 'r' } as const;
const WAITS_FOR_OLD = { for: 'replace', container: 'c', predecessor: 'old' } as const;

const withdraw = (license: License, container?: ContainerView, details = DETAILS) =>
  decideWithdrawal(license, container, details);
const replaceBy = (by: TicketLicense, license: License, container?: ContainerView, current?: TicketLicense) =>
  decideReplacement(license, by, current, container, DETAILS);
const assign = (license: License, container: ContainerView, serial = 'c') =>
  decideAssignment(license, serial, container, DETAILS, NOW);

/** The refusal's code and data, without its explanation. */
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
  it('W1 a withdrawal of an available license happens at once', () => {
    expect(withdraw(available(A))).toEqual({ kind: 'at-once' });
  });

  it('W2 a withdrawal of a license that an add-on requires is refused, and names the add-on', () => {
    const container = aContainer({ holds: [BASE, ADD_ON] });
    const decision = withdraw(collected(BASE), container);
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on'] });
    expect(explanation(decision)).toContain('add-on');
  });

  it('W2 a withdrawal of a license that several others require is refused, and names them all', () => {
    const container = aContainer({ holds: [BASE, ADD_ON, aLicense('more', { requires: ['base'] })] });
    expect(refusal(withdraw(collected(BASE), container))).toMatchObject({ dependents: ['add-on', 'more'] });
    expect(explanation(withdraw(collected(BASE), container))).toContain('add-on, more');
  });

  it('W2 Q7 a withdrawal of a required license is accepted if the withdrawal of its add-on is pending', () => {
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('add-on')] });
    expect(withdraw(collected(BASE), container)).toMatchObject({ kind: 'pending' });
  });

  it('W2 a withdrawal of a license that an assigned add-on requires is refused', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(ADD_ON)] });
    expect(refusal(withdraw(collected(BASE), container))).toEqual({
      code: 'dependency-violation',
      dependents: ['add-on'],
    });
  });

  it('W3 a withdrawal of a license in a container is added to the pending actions, with its time and reason', () => {
    const container = aContainer({ holds: [A, BASE], pending: [withdrawing('base')] });
    expect(withdraw(collected(A), container, { ...DETAILS, reason: 'sold by mistake' } as typeof DETAILS)).toEqual({
      kind: 'pending',
      pending: [
        withdrawing('base'),
        { action: 'withdraw', license: 'a', orderedAt: DETAILS.at, reason: 'sold by mistake' },
      ],
    });
    expect(withdraw(collected(A), aContainer({ holds: [A] }))).toStrictEqual({
      kind: 'pending',
      pending: [withdrawing('a')],
    });
  });

  it('W5 a withdrawal of a license that the user returned without receipt is added to the pending actions', () => {
    expect(withdraw(returned(A), aContainer({ leaving: ['a'] }))).toEqual({
      kind: 'pending',
      pending: [withdrawing('a')],
    });
  });

  it('W7 a second withdrawal of a license changes nothing', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    expect(withdraw(collected(A, earmarked('withdraw')), container)).toEqual({ kind: 'unchanged', container: 'c' });
    expect(withdraw(returned(A, 'deactivate', earmarked('withdraw')), aContainer())).toEqual({
      kind: 'unchanged',
      container: 'c',
    });
  });

  it('W7 a withdrawal replaces a pending replacement, and discards the new license', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(withdraw(collected(A, earmarked('replace', 'a2')), container)).toEqual({
      kind: 'pending',
      pending: [withdrawing('a')],
      discard: 'a2',
    });
  });

  it('W7 a withdrawal instead of a replacement is refused if an assigned license requires the new product', () => {
    const upgrade = aLicense('upgrade');
    const needs = aLicense('needs', { requires: ['upgrade'] });
    const container = aContainer({ holds: [A], pending: [replacing('a', upgrade), assigning(needs)] });
    expect(refusal(withdraw(collected(A, earmarked('replace', 'upgrade')), container))).toEqual({
      code: 'dependency-violation',
      dependents: ['needs'],
    });
  });

  it('W7 a withdrawal that an outstanding update carries out already changes nothing', () => {
    expect(withdraw(returned(A, 'withdraw'), aContainer())).toEqual({ kind: 'unchanged', container: 'c' });
  });

  it('a withdrawal of a license that an outstanding update replaces is refused as in flight', () => {
    expect(refusal(withdraw(returned(A, 'replace'), aContainer()))).toEqual(IN_FLIGHT);
  });

  it('A2 a withdrawal of an assigned license ends its assignment, and no other pending action', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(A), withdrawing('base')] });
    expect(withdraw(available(A, ASSIGNED_TO_C), container)).toEqual({
      kind: 'at-once',
      pending: [withdrawing('base')],
    });
  });

  it('A2 a withdrawal of an assigned license that another assigned one requires is refused', () => {
    const container = aContainer({ pending: [assigning(BASE), assigning(ADD_ON)] });
    expect(refusal(withdraw(available(BASE, ASSIGNED_TO_C), container))).toEqual({
      code: 'dependency-violation',
      dependents: ['add-on'],
    });
  });

  it('a withdrawal of a license that a reprogramming has planned to collect is refused as in flight', () => {
    const decision = withdraw(available(A, PLANNED_BY_C), aContainer());
    expect(refusal(decision)).toEqual(IN_FLIGHT);
    expect(explanation(decision)).toContain('receipt');
  });

  it('a withdrawal of a replacement that waits is refused, and names the license to be replaced', () => {
    const decision = withdraw(available(A, WAITS_FOR_OLD), aContainer());
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['old'] });
    expect(explanation(decision)).toContain('old');
  });

  it.each(['withdrawn', 'replaced'] as const)('a withdrawal of a license that is %s is refused as final', (at) => {
    expect(refusal(withdraw(withStanding(A, { at })))).toEqual({ code: 'license-final', license: 'a', state: at });
  });
});

describe('a replacement', () => {
  it('R1 a replacement of an available license happens at once', () => {
    expect(replaceBy(A2, available(A))).toEqual({ kind: 'at-once' });
  });

  it('R2 a replacement of a license in a container is added to the pending actions, with the new license', () => {
    expect(replaceBy(A2, collected(A), aContainer({ holds: [A] }))).toEqual({
      kind: 'pending',
      pending: [{ action: 'replace', license: 'a', replacement: A2, orderedAt: DETAILS.at }],
    });
  });

  it('R2 a replacement by a product that an add-on does not require is refused, and names the add-on', () => {
    const container = aContainer({ holds: [BASE, ADD_ON] });
    const decision = replaceBy(aLicense('other'), collected(BASE), container);
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on'] });
    expect(explanation(decision)).toContain('add-on');
  });

  it('R2 a replacement by a license of the same product is accepted although an add-on requires the product', () => {
    const container = aContainer({ holds: [BASE, ADD_ON] });
    expect(replaceBy(aLicense('base2', { product: 'base' }), collected(BASE), container)).toMatchObject({
      kind: 'pending',
    });
  });

  it('R2 a replacement whose own requirements are unmet is refused, and names the old license instead of the new one', () => {
    const demanding = aLicense('new', { requires: ['missing'] });
    const decision = replaceBy(demanding, collected(BASE), aContainer({ holds: [BASE, ADD_ON] }));
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on', 'base'] });
    expect(explanation(decision)).toContain('add-on, base');
    expect(explanation(decision)).not.toContain('new');
  });

  it('R3 a replacement of a license that the user returned without receipt is accepted, whatever it requires', () => {
    const demanding = aLicense('new', { requires: ['missing'] });
    expect(replaceBy(demanding, returned(A), aContainer({ leaving: ['a'] }))).toMatchObject({ kind: 'pending' });
  });

  it('R5 a replacement of an assigned license passes the assignment to the new one', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(A), withdrawing('base')] });
    expect(replaceBy(A2, available(A, ASSIGNED_TO_C), container)).toEqual({
      kind: 'at-once',
      pending: [assigning(A2), withdrawing('base')],
    });
  });

  it('R5 a replacement does not change the assignments of other licenses', () => {
    const container = aContainer({ pending: [assigning(BASE), assigning(A)] });
    expect(replaceBy(A2, available(A, ASSIGNED_TO_C), container)).toEqual({
      kind: 'at-once',
      pending: [assigning(BASE), assigning(A2)],
    });
  });

  it('R5 a replacement of an assigned license by one with unmet requirements is refused, and names the old license', () => {
    const demanding = aLicense('new', { requires: ['missing'] });
    const decision = replaceBy(demanding, available(A, ASSIGNED_TO_C), aContainer({ pending: [assigning(A)] }));
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['a'] });
  });

  it('W7 a second replacement with the same product and terms changes nothing', () => {
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
  ])('W7 a replacement with %s takes the place of a pending replacement', (_, next) => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(replaceBy(next, collected(A, earmarked('replace', 'a2')), container, A2)).toEqual({
      kind: 'pending',
      pending: [{ action: 'replace', license: 'a', replacement: next, orderedAt: DETAILS.at }],
      discard: 'a2',
    });
  });

  it('W7 a replacement takes the place of a pending one whose new license is missing', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(replaceBy(A3, collected(A, earmarked('replace', 'a2')), container)).toMatchObject({
      kind: 'pending',
      discard: 'a2',
    });
  });

  it('W7 a replacement takes the place of a pending withdrawal', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    expect(replaceBy(A2, collected(A, earmarked('withdraw')), container)).toEqual({
      kind: 'pending',
      pending: [{ action: 'replace', license: 'a', replacement: A2, orderedAt: DETAILS.at }],
    });
  });

  it('W7 T5 a replacement of a license that an update replaces changes nothing if it is the same, else it is refused', () => {
    const again = aLicense('a9', { product: 'a' });
    expect(replaceBy(again, returned(A, 'replace'), aContainer(), A2)).toEqual({ kind: 'unchanged', container: 'c' });
    expect(refusal(replaceBy(A3, returned(A, 'replace'), aContainer(), A2))).toEqual(IN_FLIGHT);
    expect(refusal(replaceBy(A2, returned(A, 'withdraw'), aContainer(), A2))).toEqual(IN_FLIGHT);
  });

  it.each(['withdrawn', 'replaced'] as const)('a replacement of a license that is %s is refused as final', (at) => {
    expect(refusal(replaceBy(A2, withStanding(A, { at })))).toEqual({ code: 'license-final', license: 'a', state: at });
  });
});

describe('an assignment', () => {
  it('A1 an assignment of an available license is added to the pending actions', () => {
    const container = aContainer({ holds: [BASE], pending: [withdrawing('base')] });
    expect(assign(available(A), container)).toEqual({ kind: 'pending', pending: [withdrawing('base'), assigning(A)] });
  });

  it('A1 a pending assignment has the license as the container will hold it, without its standing', () => {
    const license = { ...available(A), predecessor: 'older' };
    const decision = decideAssignment(license, 'c', aContainer(), { at: DETAILS.at, reason: 'a gift' }, NOW);
    expect(decision).toEqual({ kind: 'pending', pending: [{ ...assigning(A), reason: 'a gift' }] });
  });

  it('Q7 an assignment of an add-on without its base license is refused', () => {
    expect(refusal(assign(available(ADD_ON), aContainer()))).toEqual({
      code: 'dependency-violation',
      dependents: ['add-on'],
    });
    expect(assign(available(ADD_ON), aContainer({ pending: [assigning(BASE)] }))).toMatchObject({ kind: 'pending' });
  });

  it('W7 a second assignment to the same container changes nothing', () => {
    expect(assign(available(A, ASSIGNED_TO_C), aContainer({ pending: [assigning(A)] }))).toEqual({
      kind: 'unchanged',
      container: 'c',
    });
  });

  it('W7 T5 an assignment that an outstanding update carries out already changes nothing', () => {
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
      // One outstanding update puts the license, a later one removes it.
      [returned(A), aContainer({ arriving: ['a'] })],
    ] as const)
      expect(refusal(assign(license, container))).toMatchObject({ conflicts: [{ reason: 'not-available' }] });
  });

  it.each([
    ['is assigned to another container', available(A, { ...ASSIGNED_TO_C, container: 'other' }), 'reserved-elsewhere'],
    ['a reprogramming has planned to collect', available(A, PLANNED_BY_C), 'reserved-elsewhere'],
    ['waits to replace another one', available(A, WAITS_FOR_OLD), 'not-available'],
    ['is in a container', collected(A), 'not-available'],
    ['is returned without receipt', returned(A), 'not-available'],
  ])('T6 an assignment of a license that %s is refused', (_, license, reason) => {
    expect(refusal(assign(license, aContainer()))).toEqual({
      code: 'manual-conflict',
      conflicts: [{ action: 'assign', license: 'a', reason }],
    });
  });

  it('an assignment of an expired license is refused', () => {
    const ends = (at: number) => available(aLicense('a', { terms: { expiresAt: new Date(at).toISOString() } }));
    expect(refusal(assign(ends(NOW), aContainer()))).toEqual({
      code: 'manual-conflict',
      conflicts: [{ action: 'assign', license: 'a', reason: 'expired' }],
    });
    expect(assign(ends(NOW + 1), aContainer())).toMatchObject({ kind: 'pending' });
  });

  it.each(['withdrawn', 'replaced'] as const)('an assignment of a license that is %s is refused as final', (at) => {
    expect(refusal(assign(withStanding(A, { at }), aContainer()))).toEqual({
      code: 'license-final',
      license: 'a',
      state: at,
    });
  });
});

describe('a cancellation', () => {
  it('W6 a cancellation removes a pending withdrawal', () => {
    const container = aContainer({ holds: [A, BASE], pending: [withdrawing('a'), withdrawing('base')] });
    expect(decideCancellation(collected(A, earmarked('withdraw')), 'withdraw', container, 1)).toEqual({
      kind: 'pending',
      pending: [withdrawing('base')],
    });
  });

  it('W6 a cancellation removes a pending replacement, and discards the new license', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    expect(decideCancellation(collected(A, earmarked('replace', 'a2')), 'replace', container, 1)).toEqual({
      kind: 'pending',
      pending: [],
      discard: 'a2',
    });
  });

  it('W6 a cancellation removes a pending assignment', () => {
    const container = aContainer({ pending: [assigning(A)] });
    expect(decideCancellation(available(A, ASSIGNED_TO_C), 'assign', container, 1)).toEqual({
      kind: 'pending',
      pending: [],
    });
  });

  it('W6 a cancellation removes a replacement that waits for a receipt (W5, R3)', () => {
    const container = aContainer({ leaving: ['a'], pending: [replacing('a', A2)] });
    const license = returned(A, 'deactivate', earmarked('replace', 'a2'));
    expect(decideCancellation(license, 'replace', container, 1)).toEqual({
      kind: 'pending',
      pending: [],
      discard: 'a2',
    });
  });

  it('W6 Q7 a cancellation after which the other pending actions could not run is refused, and names the dependent', () => {
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('add-on'), withdrawing('base')] });
    const decision = decideCancellation(collected(ADD_ON, earmarked('withdraw')), 'withdraw', container, 1);
    expect(refusal(decision)).toEqual({ code: 'dependency-violation', dependents: ['add-on'] });
  });

  it.each([
    ['withdraw', returned(A, 'withdraw')],
    ['replace', returned(A, 'replace')],
    ['assign', collected(A)],
  ] as const)(
    'W6 a cancellation of a %s that a reprogramming has planned is refused as in flight',
    (action, license) => {
      expect(refusal(decideCancellation(license, action, aContainer(), 0))).toEqual(IN_FLIGHT);
    },
  );

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
    // The container has confirmed the collection: the assignment has ended.
    ['assignment', 'assign', collected(A)],
  ] as const)('a cancellation of a %s is refused as not found if none is pending (%s, %o)', (noun, action, license) => {
    const decision = decideCancellation(license, action, aContainer({ holds: [A] }), 1);
    expect(refusal(decision)).toEqual(NOT_FOUND);
    expect(explanation(decision)).toContain(noun);
  });

  it('a cancellation of a withdrawal is refused as not found on a license that an outstanding update puts', () => {
    expect(refusal(decideCancellation(collected(A), 'withdraw', aContainer({ holds: [A] }), 0))).toEqual(NOT_FOUND);
  });

  it.each(['withdrawn', 'replaced'] as const)('a cancellation on a license that is %s is refused as final', (at) => {
    const decision = decideCancellation(withStanding(A, { at }), 'withdraw', aContainer(), 1);
    expect(refusal(decision)).toEqual({ code: 'license-final', license: 'a', state: at });
  });
});

describe('Q7 vendorSequenceFault', () => {
  it('pending actions after which every requirement is met have no fault', () => {
    expect(vendorSequenceFault(aContainer({ holds: [BASE, ADD_ON] }), [withdrawing('add-on')])).toBeUndefined();
  });

  it('the fault is that of the given pending actions, not of the container’s own', () => {
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('base')] });
    expect(vendorSequenceFault(container, [])).toBeUndefined();
    expect(vendorSequenceFault({ ...container, pending: [] }, container.pending)).toMatchObject({
      dependents: ['add-on'],
    });
  });

  it('pending actions up to the limit have no fault, one more is refused', () => {
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

describe('a vendor action without the container that the license names', () => {
  it.each([
    ['withdraw', () => withdraw(collected(A))],
    ['withdraw an assigned license', () => withdraw(available(A, ASSIGNED_TO_C))],
    ['replace', () => replaceBy(A2, returned(A))],
    ['cancel', () => decideCancellation(collected(A, earmarked('withdraw')), 'withdraw', undefined, 1)],
  ])('a vendor action without the license’s container throws: %s', (_, decide) => {
    expect(decide).toThrow('Bug: the container of license a was not read');
  });
});
