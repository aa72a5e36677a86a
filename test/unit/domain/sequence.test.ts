import { describe, expect, it } from 'vitest';
import { brokenLicenses, NO_MANUAL_ACTIONS, runSequence, STEPS } from '../../../domain/sequence.ts';
import {
  aContainer,
  activating,
  activatingUnknown,
  aLicense,
  assigning,
  ids,
  manually,
  NOW,
  replacing,
  steps,
  withdrawing,
} from './given.ts';

const BASE = aLicense('base');
const ADD_ON = aLicense('add-on', { requires: ['base'] });
const A = aLicense('a');
const B = aLicense('b');
const C = aLicense('c');
const D = aLicense('d');
const E = aLicense('e');

describe('the steps of the sequence', () => {
  it('Q1 one run withdraws, deactivates, assigns, replaces and activates, in this order', () => {
    expect(STEPS).toEqual(['withdraw', 'deactivate', 'assign', 'replace', 'activate']);
    const container = aContainer({
      holds: [A, B, C],
      pending: [replacing('c', aLicense('c2')), assigning(D), withdrawing('a')],
    });
    const result = runSequence(container, manually({ deactivate: ['b'], activate: [activating(E)] }), NOW);
    expect(result.conflicts).toEqual([]);
    expect(result.broken).toEqual([]);
    expect(result.satisfied).toEqual([]);
    expect(result.changes).toEqual([
      { step: 'withdraw', op: 'remove', license: A },
      { step: 'deactivate', op: 'remove', license: B },
      { step: 'assign', op: 'put', license: D },
      { step: 'replace', op: 'remove', license: C, by: 'c2' },
      { step: 'replace', op: 'put', license: aLicense('c2'), for: 'c' },
      { step: 'activate', op: 'put', license: E },
    ]);
    expect(ids(result.content)).toEqual(['c2', 'd', 'e']);
  });

  it('runSequence does not change the container that it is given', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a'), assigning(B)] });
    runSequence(container, manually({ activate: [activating(C)] }), NOW);
    expect(ids(container.content)).toEqual(['a']);
    expect(container.pending).toHaveLength(2);
  });

  it('Q5 a container with nothing to do gets no changes', () => {
    const result = runSequence(aContainer({ holds: [A] }), NO_MANUAL_ACTIONS, NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [], broken: [] });
    expect(ids(result.content)).toEqual(['a']);
  });
});

describe('Q2 requirements hold for the content after the whole sequence, not between steps', () => {
  it('the vendor may withdraw a required license and assign another of its product', () => {
    const other = aLicense('other', { product: 'base' });
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('base'), assigning(other)] });
    const result = runSequence(container, NO_MANUAL_ACTIONS, NOW);
    expect(result.broken).toEqual([]);
    expect(ids(result.content)).toEqual(['add-on', 'other']);
  });

  it('the user may deactivate a required license and activate another of its product in one request', () => {
    const other = aLicense('other', { product: 'base' });
    const manual = manually({ deactivate: ['base'], activate: [activating(other)] });
    const result = runSequence(aContainer({ holds: [BASE, ADD_ON] }), manual, NOW);
    expect(result).toMatchObject({ conflicts: [], broken: [] });
  });

  it('a request may name an add-on before the license that it requires', () => {
    const result = runSequence(aContainer(), manually({ activate: [activating(ADD_ON), activating(BASE)] }), NOW);
    expect(result).toMatchObject({ conflicts: [], broken: [] });
  });

  it('an assigned add-on is broken until the user activates the license that it requires', () => {
    const container = aContainer({ pending: [assigning(ADD_ON)] });
    expect(runSequence(container, NO_MANUAL_ACTIONS, NOW).broken).toEqual([ADD_ON]);
    expect(runSequence(container, manually({ activate: [activating(BASE)] }), NOW).broken).toEqual([]);
  });

  it('a license is broken if any of its required products is missing', () => {
    const both = aLicense('both', { requires: ['a', 'b'] });
    const content = (...held: (typeof A)[]) => new Map(held.map((license) => [license.id, license]));
    expect(brokenLicenses(content(both, A))).toEqual([both]);
    expect(brokenLicenses(content(both, B))).toEqual([both]);
    expect(brokenLicenses(content(both, A, B))).toEqual([]);
    expect(brokenLicenses(content())).toEqual([]);
  });

  it('a license whose id equals the required code, but not its product, does not meet the requirement', () => {
    const named = aLicense('base', { product: 'something else' });
    expect(runSequence(aContainer({ holds: [named, ADD_ON] }), NO_MANUAL_ACTIONS, NOW).broken).toEqual([ADD_ON]);
  });

  it('an expired license still meets the requirements of others', () => {
    const expired = aLicense('old', { product: 'base', terms: { expiresAt: '2020-01-01T00:00:00Z' } });
    const result = runSequence(aContainer({ holds: [expired] }), manually({ activate: [activating(ADD_ON)] }), NOW);
    expect(result).toMatchObject({ conflicts: [], broken: [] });
  });
});

describe('Q6 conflicts', () => {
  const conflicts = (...args: Parameters<typeof runSequence>) => runSequence(...args).conflicts;

  it('activating a license that is not on the ticket is the conflict not-on-ticket', () => {
    expect(conflicts(aContainer(), manually({ activate: [activatingUnknown('x')] }), NOW)).toEqual([
      { action: 'activate', license: 'x', reason: 'not-on-ticket' },
    ]);
  });

  it.each(['not-available', 'reserved-elsewhere'] as const)(
    'activating a license that is %s is a conflict with that reason, and does not put the license',
    (offer) => {
      const result = runSequence(aContainer(), manually({ activate: [activating(A, offer)] }), NOW);
      expect(result.conflicts).toEqual([{ action: 'activate', license: 'a', reason: offer }]);
      expect(ids(result.content)).toEqual([]);
    },
  );

  it('activating a license is the conflict expired from the millisecond of its expiresAt', () => {
    const ends = (at: number) => aLicense('a', { terms: { expiresAt: new Date(at).toISOString() } });
    expect(conflicts(aContainer(), manually({ activate: [activating(ends(NOW))] }), NOW)).toEqual([
      { action: 'activate', license: 'a', reason: 'expired' },
    ]);
    expect(conflicts(aContainer(), manually({ activate: [activating(ends(NOW + 1))] }), NOW)).toEqual([]);
  });

  it('deactivating a license that the container does not hold is the conflict not-in-container', () => {
    expect(conflicts(aContainer({ holds: [A] }), manually({ deactivate: ['b'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'b', reason: 'not-in-container' },
    ]);
  });

  it('deactivating a license that step 1 withdraws is the conflict withdrawn', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    const result = runSequence(container, manually({ deactivate: ['a'] }), NOW);
    expect(result.conflicts).toEqual([{ action: 'deactivate', license: 'a', reason: 'withdrawn' }]);
    expect(steps(result.changes)).toEqual(['withdraw remove a']);
  });

  it('activating a license that step 1 withdraws is the conflict withdrawn, even if an outstanding update puts it', () => {
    const container = aContainer({ holds: [A], arriving: ['a'], pending: [withdrawing('a')] });
    expect(conflicts(container, manually({ activate: [activating(A, 'not-available')] }), NOW)).toEqual([
      { action: 'activate', license: 'a', reason: 'withdrawn' },
    ]);
  });

  it('activating a license whose requirements are unmet at the end is the conflict requires-unmet', () => {
    expect(conflicts(aContainer(), manually({ activate: [activating(ADD_ON)] }), NOW)).toEqual([
      { action: 'activate', license: 'add-on', reason: 'requires-unmet' },
    ]);
  });

  it('activating an add-on while the user deactivates its base license is the conflict requires-unmet', () => {
    const manual = manually({ deactivate: ['base'], activate: [activating(ADD_ON)] });
    expect(conflicts(aContainer({ holds: [BASE] }), manual, NOW)).toEqual([
      { action: 'activate', license: 'add-on', reason: 'requires-unmet' },
    ]);
  });

  it('activating an add-on while the vendor withdraws its base license is the conflict requires-unmet', () => {
    const container = aContainer({ holds: [BASE], pending: [withdrawing('base')] });
    expect(conflicts(container, manually({ activate: [activating(ADD_ON)] }), NOW)).toEqual([
      { action: 'activate', license: 'add-on', reason: 'requires-unmet' },
    ]);
  });

  it('deactivating a required license is the conflict required-by, which names the dependent licenses', () => {
    const more = aLicense('more', { requires: ['base'] });
    expect(
      conflicts(aContainer({ holds: [A, BASE, ADD_ON, more] }), manually({ deactivate: ['base', 'a'] }), NOW),
    ).toEqual([{ action: 'deactivate', license: 'base', reason: 'required-by', because: ['add-on', 'more'] }]);
  });

  it('the conflict required-by names the first ten dependent licenses by id, however the content is sorted', () => {
    const many = Array.from({ length: 30 }, (_, index) => aLicense(`add-on-${index + 10}`, { requires: ['base'] }));
    for (const holds of [[BASE, ...many], [...many].reverse().concat(BASE)]) {
      const [conflict] = conflicts(aContainer({ holds }), manually({ deactivate: ['base'] }), NOW);
      expect(conflict?.because).toEqual(many.slice(0, 10).map(({ id }) => id));
    }
  });

  it('500 deactivations of licenses that 500 others require give 500 conflicts in less than 150,000 characters', () => {
    const bases = Array.from({ length: 500 }, (_, index) => aLicense(`base-${index}`, { product: 'base' }));
    const needing = Array.from({ length: 500 }, (_, index) => aLicense(`needing-${index}`, { requires: ['base'] }));
    const deactivate = bases.map(({ id }) => id);
    const found = conflicts(aContainer({ holds: [...bases, ...needing] }), manually({ deactivate }), NOW);
    expect(found.map(({ license }) => license)).toEqual(deactivate);
    expect(JSON.stringify(found).length).toBeLessThan(150_000);
  });

  it('deactivating a license that an assigned one requires is the conflict required-by', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(ADD_ON)] });
    expect(conflicts(container, manually({ deactivate: ['base'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'base', reason: 'required-by', because: ['add-on'] },
    ]);
  });

  it('deactivating one of two licenses of a required product is not a conflict', () => {
    const needsBoth = aLicense('both', { requires: ['a', 'b'] });
    const otherA = aLicense('a2', { product: 'a' });
    const container = aContainer({ holds: [A, otherA, B, needsBoth] });
    expect(conflicts(container, manually({ deactivate: ['a'] }), NOW)).toEqual([]);
    expect(conflicts(container, manually({ deactivate: ['a', 'b'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'b', reason: 'required-by', because: ['both'] },
    ]);
  });

  it('deactivating a license that the same sequence assigns is the conflict not-in-container', () => {
    const container = aContainer({ pending: [assigning(A)] });
    expect(conflicts(container, manually({ deactivate: ['a'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'a', reason: 'not-in-container' },
    ]);
  });

  it('activating a license that the container holds already is the conflict not-available', () => {
    expect(
      conflicts(aContainer({ holds: [A] }), manually({ activate: [activating(A, 'not-available')] }), NOW),
    ).toEqual([{ action: 'activate', license: 'a', reason: 'not-available' }]);
  });

  it('one run returns the conflicts of all manual actions', () => {
    const manual = manually({ deactivate: ['x'], activate: [activatingUnknown('y'), activating(ADD_ON)] });
    expect(conflicts(aContainer(), manual, NOW).map(({ reason }) => reason)).toEqual([
      'not-in-container',
      'not-on-ticket',
      'requires-unmet',
    ]);
  });
});

describe('a license that the vendor replaces', () => {
  const A2 = aLicense('a2');

  it('R2 a replacement removes the old license and puts the new one, in one update', () => {
    const result = runSequence(aContainer({ holds: [A, B], pending: [replacing('a', A2)] }), NO_MANUAL_ACTIONS, NOW);
    expect(steps(result.changes)).toEqual(['replace remove a', 'replace put a2']);
    expect(ids(result.content)).toEqual(['a2', 'b']);
  });

  it('R3 deactivating a license to be replaced is not a conflict, and the new license is not put', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    const result = runSequence(container, manually({ deactivate: ['a'] }), NOW);
    expect(result.conflicts).toEqual([]);
    expect(steps(result.changes)).toEqual(['deactivate remove a']);
    expect(ids(result.content)).toEqual([]);
  });

  it('R3 a replacement makes no changes if the user returned the license in an earlier update', () => {
    const container = aContainer({ pending: [replacing('a', A2)], leaving: ['a'] });
    expect(runSequence(container, NO_MANUAL_ACTIONS, NOW).changes).toEqual([]);
  });

  it('R3 deactivating a license to be replaced is a conflict if an assigned license requires the new product', () => {
    const needsNew = aLicense('needs-new', { requires: ['new-product'] });
    const upgrade = aLicense('a2', { product: 'new-product' });
    const container = aContainer({ holds: [A], pending: [replacing('a', upgrade), assigning(needsNew)] });
    expect(runSequence(container, manually({ deactivate: ['a'] }), NOW).conflicts).toEqual([
      { action: 'deactivate', license: 'a', reason: 'required-by', because: ['needs-new'] },
    ]);
    // The deactivation of another license is not blamed.
    const both = aContainer({ holds: [A, B], pending: [replacing('a', upgrade), assigning(needsNew)] });
    expect(runSequence(both, manually({ deactivate: ['b'] }), NOW).conflicts).toEqual([]);
    expect(runSequence(both, manually({ deactivate: ['b', 'a'] }), NOW).conflicts).toEqual([
      { action: 'deactivate', license: 'a', reason: 'required-by', because: ['needs-new'] },
    ]);
  });
});

describe('a license that is earmarked for withdrawal', () => {
  it('W5 a withdrawal makes no changes if the user returned the license in an earlier update', () => {
    const container = aContainer({ pending: [withdrawing('a')], leaving: ['a'] });
    expect(runSequence(container, NO_MANUAL_ACTIONS, NOW).changes).toEqual([]);
  });
});

describe('a pending withdrawal', () => {
  it.each([
    ['a reprogramming without manual actions', NO_MANUAL_ACTIONS],
    ['an activation of another license', manually({ activate: [activating(C)] })],
    ['a deactivation of another license', manually({ deactivate: ['b'] })],
  ])('W4 %s carries out a pending withdrawal', (_, manual) => {
    const container = aContainer({ holds: [A, B], pending: [withdrawing('a')] });
    expect(steps(runSequence(container, manual, NOW).changes)[0]).toBe('withdraw remove a');
  });
});

describe('an assigned license', () => {
  it('A1 an assigned license is collected without a manual action', () => {
    const result = runSequence(aContainer({ pending: [assigning(A)] }), NO_MANUAL_ACTIONS, NOW);
    expect(steps(result.changes)).toEqual(['assign put a']);
  });

  it('A1 an assigned license that the user activates too is collected once', () => {
    const container = aContainer({ pending: [assigning(A)] });
    const result = runSequence(container, manually({ activate: [activating(A)] }), NOW);
    expect(steps(result.changes)).toEqual(['assign put a']);
    expect(result.satisfied).toEqual([{ action: 'activate', license: 'a' }]);
  });

  it('A1 Q7 an assigned license is collected even if it has expired since', () => {
    const expired = aLicense('a', { terms: { expiresAt: '2020-01-01T00:00:00Z' } });
    const container = aContainer({ pending: [assigning(expired)] });
    expect(steps(runSequence(container, NO_MANUAL_ACTIONS, NOW).changes)).toEqual(['assign put a']);
  });
});

describe('T4 repeated requests', () => {
  it('an activation that an outstanding update carries out is satisfied', () => {
    const container = aContainer({ holds: [A], arriving: ['a'] });
    const result = runSequence(container, manually({ activate: [activating(A, 'not-available')] }), NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [{ action: 'activate', license: 'a' }] });
  });

  it('an activation that an outstanding update carries out is satisfied even if the vendor replaces the license now', () => {
    const container = aContainer({ holds: [A], arriving: ['a'], pending: [replacing('a', aLicense('a2'))] });
    const result = runSequence(container, manually({ activate: [activating(A, 'not-available')] }), NOW);
    expect(result).toMatchObject({ conflicts: [], satisfied: [{ action: 'activate', license: 'a' }] });
    expect(steps(result.changes)).toEqual(['replace remove a', 'replace put a2']);
  });

  it('an activation that an outstanding update carries out is satisfied even if a later update replaces the license', () => {
    const container = aContainer({ holds: [aLicense('a2')], arriving: ['a', 'a2'] });
    const result = runSequence(container, manually({ activate: [activating(A, 'not-available')] }), NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [{ action: 'activate', license: 'a' }] });
  });

  it('activating a license that the user returned in a later update is the conflict not-available', () => {
    const container = aContainer({ arriving: ['a'], leaving: ['a'] });
    expect(runSequence(container, manually({ activate: [activating(A, 'not-available')] }), NOW).conflicts).toEqual([
      { action: 'activate', license: 'a', reason: 'not-available' },
    ]);
  });

  it('a deactivation that an outstanding update carries out is satisfied', () => {
    const result = runSequence(aContainer({ leaving: ['a'] }), manually({ deactivate: ['a'] }), NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [{ action: 'deactivate', license: 'a' }] });
  });

  it('deactivating and activating the same license in one request is the conflict not-available', () => {
    const container = aContainer({ holds: [A], arriving: ['a'] });
    const manual = manually({ deactivate: ['a'], activate: [activating(A, 'not-available')] });
    expect(runSequence(container, manual, NOW).conflicts).toEqual([
      { action: 'activate', license: 'a', reason: 'not-available' },
    ]);
  });

  it('a manual action that a request names twice runs once', () => {
    const manual = manually({ deactivate: ['b', 'b'], activate: [activating(A), activating(A)] });
    const result = runSequence(aContainer({ holds: [B] }), manual, NOW);
    expect(result).toMatchObject({ conflicts: [], satisfied: [] });
    expect(steps(result.changes)).toEqual(['deactivate remove b', 'activate put a']);
  });

  it('a second activation of the same license with a wrong ticket is the conflict not-on-ticket', () => {
    const manual = manually({ activate: [activating(A), activatingUnknown('a')] });
    expect(runSequence(aContainer(), manual, NOW).conflicts).toEqual([
      { action: 'activate', license: 'a', reason: 'not-on-ticket' },
    ]);
  });
});
