import { describe, expect, it } from 'vitest';
import { brokenLicenses, NO_MANUAL_ACTIONS, runSequence, STEPS } from '../../../domain/sequence.ts';
import {
  aContainer,
  activating,
  activatingUnknown,
  aLicense,
  assigning,
  byHand,
  ids,
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

describe('the order of the sequence', () => {
  it('Q1 withdraw, deactivate, assign, replace, activate, in a single process', () => {
    expect(STEPS).toEqual(['withdraw', 'deactivate', 'assign', 'replace', 'activate']);
    const container = aContainer({
      holds: [A, B, C],
      pending: [replacing('c', aLicense('c2')), assigning(D), withdrawing('a')],
    });
    const result = runSequence(container, byHand({ deactivate: ['b'], activate: [activating(E)] }), NOW);
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

  it('the container that was given is left as it was', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a'), assigning(B)] });
    runSequence(container, byHand({ activate: [activating(C)] }), NOW);
    expect(ids(container.content)).toEqual(['a']);
    expect(container.pending).toHaveLength(2);
  });

  it('Q5 with nothing to do there is no change', () => {
    const result = runSequence(aContainer({ holds: [A] }), NO_MANUAL_ACTIONS, NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [], broken: [] });
    expect(ids(result.content)).toEqual(['a']);
  });
});

describe('Q2 requirements hold for the content after the whole sequence, not between steps', () => {
  it('a required license may be withdrawn when another of its product is assigned', () => {
    const other = aLicense('other', { product: 'base' });
    const container = aContainer({ holds: [BASE, ADD_ON], pending: [withdrawing('base'), assigning(other)] });
    const result = runSequence(container, NO_MANUAL_ACTIONS, NOW);
    expect(result.broken).toEqual([]);
    expect(ids(result.content)).toEqual(['add-on', 'other']);
  });

  it('a required license may be deactivated and another of its product activated in one request', () => {
    const other = aLicense('other', { product: 'base' });
    const manual = byHand({ deactivate: ['base'], activate: [activating(other)] });
    const result = runSequence(aContainer({ holds: [BASE, ADD_ON] }), manual, NOW);
    expect(result).toMatchObject({ conflicts: [], broken: [] });
  });

  it('an add-on may be activated before what it requires, in one request', () => {
    const result = runSequence(aContainer(), byHand({ activate: [activating(ADD_ON), activating(BASE)] }), NOW);
    expect(result).toMatchObject({ conflicts: [], broken: [] });
  });

  it('an assigned add-on may require what the user activates', () => {
    const container = aContainer({ pending: [assigning(ADD_ON)] });
    expect(runSequence(container, NO_MANUAL_ACTIONS, NOW).broken).toEqual([ADD_ON]);
    expect(runSequence(container, byHand({ activate: [activating(BASE)] }), NOW).broken).toEqual([]);
  });

  it('every requirement of a license counts', () => {
    const both = aLicense('both', { requires: ['a', 'b'] });
    const content = (...held: (typeof A)[]) => new Map(held.map((license) => [license.id, license]));
    expect(brokenLicenses(content(both, A))).toEqual([both]);
    expect(brokenLicenses(content(both, B))).toEqual([both]);
    expect(brokenLicenses(content(both, A, B))).toEqual([]);
    expect(brokenLicenses(content())).toEqual([]);
  });

  it('a product is what is required, not a license id', () => {
    const named = aLicense('base', { product: 'something else' });
    expect(runSequence(aContainer({ holds: [named, ADD_ON] }), NO_MANUAL_ACTIONS, NOW).broken).toEqual([ADD_ON]);
  });

  it('the expiry of a required license breaks no other license', () => {
    const expired = aLicense('old', { product: 'base', terms: { expiresAt: '2020-01-01T00:00:00Z' } });
    const result = runSequence(aContainer({ holds: [expired] }), byHand({ activate: [activating(ADD_ON)] }), NOW);
    expect(result).toMatchObject({ conflicts: [], broken: [] });
  });
});

describe('Q6 what is a conflict', () => {
  const conflicts = (...args: Parameters<typeof runSequence>) => runSequence(...args).conflicts;

  it('a license that is not on that ticket', () => {
    expect(conflicts(aContainer(), byHand({ activate: [activatingUnknown('x')] }), NOW)).toEqual([
      { action: 'activate', license: 'x', reason: 'not-on-ticket' },
    ]);
  });

  it.each(['not-available', 'reserved-elsewhere'] as const)('a license that is %s', (offer) => {
    const result = runSequence(aContainer(), byHand({ activate: [activating(A, offer)] }), NOW);
    expect(result.conflicts).toEqual([{ action: 'activate', license: 'a', reason: offer }]);
    expect(ids(result.content)).toEqual([]);
  });

  it('an expired license, from the millisecond on that its terms name', () => {
    const ends = (at: number) => aLicense('a', { terms: { expiresAt: new Date(at).toISOString() } });
    expect(conflicts(aContainer(), byHand({ activate: [activating(ends(NOW))] }), NOW)).toEqual([
      { action: 'activate', license: 'a', reason: 'expired' },
    ]);
    expect(conflicts(aContainer(), byHand({ activate: [activating(ends(NOW + 1))] }), NOW)).toEqual([]);
  });

  it('a license that is not in this container', () => {
    expect(conflicts(aContainer({ holds: [A] }), byHand({ deactivate: ['b'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'b', reason: 'not-in-container' },
    ]);
  });

  it('a deactivation of a license that was withdrawn in step 1', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    const result = runSequence(container, byHand({ deactivate: ['a'] }), NOW);
    expect(result.conflicts).toEqual([{ action: 'deactivate', license: 'a', reason: 'withdrawn' }]);
    expect(steps(result.changes)).toEqual(['withdraw remove a']);
  });

  it('an activation of a license that was withdrawn in step 1, even one that an outstanding update puts', () => {
    const container = aContainer({ holds: [A], arriving: ['a'], pending: [withdrawing('a')] });
    expect(conflicts(container, byHand({ activate: [activating(A, 'not-available')] }), NOW)).toEqual([
      { action: 'activate', license: 'a', reason: 'withdrawn' },
    ]);
  });

  it('an activation whose requirements are unmet at the end', () => {
    expect(conflicts(aContainer(), byHand({ activate: [activating(ADD_ON)] }), NOW)).toEqual([
      { action: 'activate', license: 'add-on', reason: 'requires-unmet' },
    ]);
  });

  it('an activation whose requirement the user deactivates in the same request', () => {
    const manual = byHand({ deactivate: ['base'], activate: [activating(ADD_ON)] });
    expect(conflicts(aContainer({ holds: [BASE] }), manual, NOW)).toEqual([
      { action: 'activate', license: 'add-on', reason: 'requires-unmet' },
    ]);
  });

  it('an activation whose requirement the vendor withdraws', () => {
    const container = aContainer({ holds: [BASE], pending: [withdrawing('base')] });
    expect(conflicts(container, byHand({ activate: [activating(ADD_ON)] }), NOW)).toEqual([
      { action: 'activate', license: 'add-on', reason: 'requires-unmet' },
    ]);
  });

  it('a deactivation that leaves other licenses without what they require, each of them named', () => {
    const more = aLicense('more', { requires: ['base'] });
    expect(
      conflicts(aContainer({ holds: [A, BASE, ADD_ON, more] }), byHand({ deactivate: ['base', 'a'] }), NOW),
    ).toEqual([{ action: 'deactivate', license: 'base', reason: 'required-by', because: ['add-on', 'more'] }]);
  });

  it('a deactivation names the first ten of the licenses that need it, in whatever order they are held', () => {
    const many = Array.from({ length: 30 }, (_, index) => aLicense(`add-on-${index + 10}`, { requires: ['base'] }));
    for (const holds of [[BASE, ...many], [...many].reverse().concat(BASE)]) {
      const [conflict] = conflicts(aContainer({ holds }), byHand({ deactivate: ['base'] }), NOW);
      expect(conflict?.because).toEqual(many.slice(0, 10).map(({ id }) => id));
    }
  });

  it('500 deactivations that 500 licenses need are told in as many conflicts, and few words', () => {
    const bases = Array.from({ length: 500 }, (_, index) => aLicense(`base-${index}`, { product: 'base' }));
    const needing = Array.from({ length: 500 }, (_, index) => aLicense(`needing-${index}`, { requires: ['base'] }));
    const deactivate = bases.map(({ id }) => id);
    const found = conflicts(aContainer({ holds: [...bases, ...needing] }), byHand({ deactivate }), NOW);
    expect(found.map(({ license }) => license)).toEqual(deactivate);
    expect(JSON.stringify(found).length).toBeLessThan(150_000);
  });

  it('a deactivation that an assigned license would miss', () => {
    const container = aContainer({ holds: [BASE], pending: [assigning(ADD_ON)] });
    expect(conflicts(container, byHand({ deactivate: ['base'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'base', reason: 'required-by', because: ['add-on'] },
    ]);
  });

  it('a deactivation is not blamed while another license of its product stays', () => {
    const needsBoth = aLicense('both', { requires: ['a', 'b'] });
    const otherA = aLicense('a2', { product: 'a' });
    const container = aContainer({ holds: [A, otherA, B, needsBoth] });
    expect(conflicts(container, byHand({ deactivate: ['a'] }), NOW)).toEqual([]);
    expect(conflicts(container, byHand({ deactivate: ['a', 'b'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'b', reason: 'required-by', because: ['both'] },
    ]);
  });

  it('a license that is assigned in this sequence cannot be deactivated in it', () => {
    const container = aContainer({ pending: [assigning(A)] });
    expect(conflicts(container, byHand({ deactivate: ['a'] }), NOW)).toEqual([
      { action: 'deactivate', license: 'a', reason: 'not-in-container' },
    ]);
  });

  it('an activation of a license that is in the container for long already', () => {
    expect(conflicts(aContainer({ holds: [A] }), byHand({ activate: [activating(A, 'not-available')] }), NOW)).toEqual([
      { action: 'activate', license: 'a', reason: 'not-available' },
    ]);
  });

  it('all of them are collected, not only the first', () => {
    const manual = byHand({ deactivate: ['x'], activate: [activatingUnknown('y'), activating(ADD_ON)] });
    expect(conflicts(aContainer(), manual, NOW).map(({ reason }) => reason)).toEqual([
      'not-in-container',
      'not-on-ticket',
      'requires-unmet',
    ]);
  });
});

describe('a license that the vendor replaces', () => {
  const A2 = aLicense('a2');

  it('R2 is removed, and the new one activated in its place, in one update', () => {
    const result = runSequence(aContainer({ holds: [A, B], pending: [replacing('a', A2)] }), NO_MANUAL_ACTIONS, NOW);
    expect(steps(result.changes)).toEqual(['replace remove a', 'replace put a2']);
    expect(ids(result.content)).toEqual(['a2', 'b']);
  });

  it('R3 may be deactivated by the user, which is no conflict; the new one is not put into the container', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', A2)] });
    const result = runSequence(container, byHand({ deactivate: ['a'] }), NOW);
    expect(result.conflicts).toEqual([]);
    expect(steps(result.changes)).toEqual(['deactivate remove a']);
    expect(ids(result.content)).toEqual([]);
  });

  it('R3 returned by the user in an earlier update, it leaves nothing to do', () => {
    const container = aContainer({ pending: [replacing('a', A2)], leaving: ['a'] });
    expect(runSequence(container, NO_MANUAL_ACTIONS, NOW).changes).toEqual([]);
  });

  it('R3 may not be deactivated when something needs what the new one would bring', () => {
    const needsNew = aLicense('needs-new', { requires: ['new-product'] });
    const upgrade = aLicense('a2', { product: 'new-product' });
    const container = aContainer({ holds: [A], pending: [replacing('a', upgrade), assigning(needsNew)] });
    expect(runSequence(container, byHand({ deactivate: ['a'] }), NOW).conflicts).toEqual([
      { action: 'deactivate', license: 'a', reason: 'required-by', because: ['needs-new'] },
    ]);
    // Another deactivation has nothing to do with it.
    const both = aContainer({ holds: [A, B], pending: [replacing('a', upgrade), assigning(needsNew)] });
    expect(runSequence(both, byHand({ deactivate: ['b'] }), NOW).conflicts).toEqual([]);
    expect(runSequence(both, byHand({ deactivate: ['b', 'a'] }), NOW).conflicts).toEqual([
      { action: 'deactivate', license: 'a', reason: 'required-by', because: ['needs-new'] },
    ]);
  });
});

describe('W5 a license that is earmarked for withdrawal and was returned by the user', () => {
  it('leaves nothing to do for the next reprogramming', () => {
    const container = aContainer({ pending: [withdrawing('a')], leaving: ['a'] });
    expect(runSequence(container, NO_MANUAL_ACTIONS, NOW).changes).toEqual([]);
  });
});

describe('W4 a withdrawal that was ordered', () => {
  it.each([
    ['an auto-update', NO_MANUAL_ACTIONS],
    ['an activation of something else', byHand({ activate: [activating(C)] })],
    ['a deactivation of something else', byHand({ deactivate: ['b'] })],
  ])('is carried out by %s', (_, manual) => {
    const container = aContainer({ holds: [A, B], pending: [withdrawing('a')] });
    expect(steps(runSequence(container, manual, NOW).changes)[0]).toBe('withdraw remove a');
  });
});

describe('A1 an assigned license', () => {
  it('is collected without the user doing anything', () => {
    const result = runSequence(aContainer({ pending: [assigning(A)] }), NO_MANUAL_ACTIONS, NOW);
    expect(steps(result.changes)).toEqual(['assign put a']);
  });

  it('is collected once when the user activates it himself', () => {
    const container = aContainer({ pending: [assigning(A)] });
    const result = runSequence(container, byHand({ activate: [activating(A)] }), NOW);
    expect(steps(result.changes)).toEqual(['assign put a']);
    expect(result.satisfied).toEqual([{ action: 'activate', license: 'a' }]);
  });

  it('is collected even when it has expired meanwhile: what was accepted can run at any later time (Q7)', () => {
    const expired = aLicense('a', { terms: { expiresAt: '2020-01-01T00:00:00Z' } });
    const container = aContainer({ pending: [assigning(expired)] });
    expect(steps(runSequence(container, NO_MANUAL_ACTIONS, NOW).changes)).toEqual(['assign put a']);
  });
});

describe('T4 asking again', () => {
  it('an activation that an outstanding update carries out is satisfied', () => {
    const container = aContainer({ holds: [A], arriving: ['a'] });
    const result = runSequence(container, byHand({ activate: [activating(A, 'not-available')] }), NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [{ action: 'activate', license: 'a' }] });
  });

  it('an activation that an outstanding update carries out is satisfied, though the vendor replaces the license now', () => {
    const container = aContainer({ holds: [A], arriving: ['a'], pending: [replacing('a', aLicense('a2'))] });
    const result = runSequence(container, byHand({ activate: [activating(A, 'not-available')] }), NOW);
    expect(result).toMatchObject({ conflicts: [], satisfied: [{ action: 'activate', license: 'a' }] });
    expect(steps(result.changes)).toEqual(['replace remove a', 'replace put a2']);
  });

  it('an activation is satisfied by an outstanding update also when a later one has replaced the license', () => {
    const container = aContainer({ holds: [aLicense('a2')], arriving: ['a', 'a2'] });
    const result = runSequence(container, byHand({ activate: [activating(A, 'not-available')] }), NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [{ action: 'activate', license: 'a' }] });
  });

  it('an activation is a conflict when the user has returned the license in a later update', () => {
    const container = aContainer({ arriving: ['a'], leaving: ['a'] });
    expect(runSequence(container, byHand({ activate: [activating(A, 'not-available')] }), NOW).conflicts).toEqual([
      { action: 'activate', license: 'a', reason: 'not-available' },
    ]);
  });

  it('a deactivation that an outstanding update carries out is satisfied', () => {
    const result = runSequence(aContainer({ leaving: ['a'] }), byHand({ deactivate: ['a'] }), NOW);
    expect(result).toMatchObject({ changes: [], conflicts: [], satisfied: [{ action: 'deactivate', license: 'a' }] });
  });

  it('a license cannot be given back and be activated in one request', () => {
    const container = aContainer({ holds: [A], arriving: ['a'] });
    const manual = byHand({ deactivate: ['a'], activate: [activating(A, 'not-available')] });
    expect(runSequence(container, manual, NOW).conflicts).toEqual([
      { action: 'activate', license: 'a', reason: 'not-available' },
    ]);
  });

  it('a manual action that is named twice happens once', () => {
    const manual = byHand({ deactivate: ['b', 'b'], activate: [activating(A), activating(A)] });
    const result = runSequence(aContainer({ holds: [B] }), manual, NOW);
    expect(result).toMatchObject({ conflicts: [], satisfied: [] });
    expect(steps(result.changes)).toEqual(['deactivate remove b', 'activate put a']);
  });

  it('a license that is named a second time with a wrong ticket is still a conflict', () => {
    const manual = byHand({ activate: [activating(A), activatingUnknown('a')] });
    expect(runSequence(aContainer(), manual, NOW).conflicts).toEqual([
      { action: 'activate', license: 'a', reason: 'not-on-ticket' },
    ]);
  });
});
