import { describe, expect, it } from 'vitest';
import { countByStep, decideReprogramming, executedBy, VendorSequenceFailed } from '../../../domain/reprogramming.ts';
import { type Change, NO_MANUAL_ACTIONS } from '../../../domain/sequence.ts';
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

const A = aLicense('a');
const B = aLicense('b');
const C = aLicense('c');
const BASE = aLicense('base');
const ADD_ON = aLicense('add-on', { requires: ['base'] });

/** The decision, which must be a reprogramming. */
function reprogramming(...args: Parameters<typeof decideReprogramming>) {
  const decision = decideReprogramming(...args);
  if (decision.kind !== 'reprogram') throw new Error(`Decided ${decision.kind}`);
  return decision;
}

describe('a reprogramming without a conflict', () => {
  it('vendor actions and manual actions without a conflict run together', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    const decision = reprogramming(container, manually({ activate: [activating(B)] }), NOW);
    expect(steps(decision.changes)).toEqual(['withdraw remove a', 'activate put b']);
    expect(ids(decision.content)).toEqual(['b']);
    expect(decision.dropped).toEqual([]);
  });

  it('P1 a push runs the pending vendor actions without manual actions', () => {
    const container = aContainer({ holds: [A], pending: [withdrawing('a')] });
    expect(steps(reprogramming(container, NO_MANUAL_ACTIONS, NOW).changes)).toEqual(['withdraw remove a']);
  });
});

describe('Q3 a conflict while a vendor action is pending', () => {
  it('the vendor actions run, and all manual actions are dropped, each with its reason', () => {
    const container = aContainer({ holds: [A, B], pending: [withdrawing('a'), assigning(C)] });
    const manual = manually({ deactivate: ['b', 'a'], activate: [activating(ADD_ON)] });
    const decision = reprogramming(container, manual, NOW);
    expect(steps(decision.changes)).toEqual(['withdraw remove a', 'assign put c']);
    expect(ids(decision.content)).toEqual(['b', 'c']);
    expect(decision.dropped).toEqual([
      // This one could run alone; `because` names the licenses of the conflicts.
      { action: 'deactivate', license: 'b', reason: 'dropped-together', because: ['a', 'add-on'] },
      { action: 'deactivate', license: 'a', reason: 'withdrawn' },
      { action: 'activate', license: 'add-on', reason: 'requires-unmet' },
    ]);
  });

  it('a deactivation of a license to be replaced is dropped with the others, and the replacement runs', () => {
    const container = aContainer({ holds: [A], pending: [replacing('a', aLicense('a2'))] });
    const manual = manually({ deactivate: ['a'], activate: [activatingUnknown('x')] });
    const decision = reprogramming(container, manual, NOW);
    expect(steps(decision.changes)).toEqual(['replace remove a', 'replace put a2']);
    expect(decision.dropped).toEqual([
      { action: 'deactivate', license: 'a', reason: 'dropped-together', because: ['x'] },
      { action: 'activate', license: 'x', reason: 'not-on-ticket' },
    ]);
  });

  it('T4 a satisfied manual action is not dropped', () => {
    const container = aContainer({ holds: [A], arriving: ['a'], leaving: ['b'], pending: [assigning(C)] });
    const manual = manually({
      deactivate: ['b'],
      activate: [activating(A, 'not-available'), activating(C), activatingUnknown('x')],
    });
    const decision = reprogramming(container, manual, NOW);
    expect(steps(decision.changes)).toEqual(['assign put c']);
    expect(decision.dropped).toEqual([{ action: 'activate', license: 'x', reason: 'not-on-ticket' }]);
  });

  it('the deactivation and the activation of one license can both be dropped', () => {
    const container = aContainer({ holds: [A, B], pending: [withdrawing('a')] });
    const manual = manually({ deactivate: ['b'], activate: [activating(B, 'not-available')] });
    expect(reprogramming(container, manual, NOW).dropped).toEqual([
      { action: 'deactivate', license: 'b', reason: 'dropped-together', because: ['b'] },
      { action: 'activate', license: 'b', reason: 'not-available' },
    ]);
  });

  it('a conflict is not an error if every pending vendor action waits for a receipt: nothing runs', () => {
    const container = aContainer({ pending: [withdrawing('a')], leaving: ['a'] });
    expect(decideReprogramming(container, manually({ activate: [activatingUnknown('x')] }), NOW)).toEqual({
      kind: 'nothing',
      dropped: [{ action: 'activate', license: 'x', reason: 'not-on-ticket' }],
    });
  });
});

describe('Q4 a conflict with no vendor action pending', () => {
  it('a conflict with no vendor action pending changes nothing, and each reason is named', () => {
    const manual = manually({
      deactivate: ['base', 'x'],
      activate: [activating(B), activating(C, 'reserved-elsewhere')],
    });
    expect(decideReprogramming(aContainer({ holds: [BASE, ADD_ON] }), manual, NOW)).toEqual({
      kind: 'conflict',
      conflicts: [
        { action: 'deactivate', license: 'x', reason: 'not-in-container' },
        { action: 'activate', license: 'c', reason: 'reserved-elsewhere' },
        { action: 'deactivate', license: 'base', reason: 'required-by', because: ['add-on'] },
      ],
    });
  });
});

describe('Q5 nothing to do', () => {
  it.each([
    ['an empty request', NO_MANUAL_ACTIONS],
    ['an activation that an outstanding update carries out', manually({ activate: [activating(A, 'not-available')] })],
  ])('%s needs no reprogramming, and is not an error', (_, manual) => {
    expect(decideReprogramming(aContainer({ holds: [A], arriving: ['a'] }), manual, NOW)).toEqual({
      kind: 'nothing',
      dropped: [],
    });
  });
});

describe('T1 the limit of outstanding updates is reached', () => {
  const full = aContainer({ holds: [A], pending: [withdrawing('a')], arriving: ['a'], isFull: true });

  it('pending vendor actions wait, with or without satisfied manual actions', () => {
    const container = aContainer({ holds: [A, B], pending: [withdrawing('a')], arriving: ['b'], isFull: true });
    for (const manual of [NO_MANUAL_ACTIONS, manually({ activate: [activating(B, 'not-available')] })])
      expect(decideReprogramming(container, manual, NOW)).toEqual({
        kind: 'full',
        hasManualActions: false,
        dropped: [],
      });
  });

  it('a manual action that needs an update is decided as full, and hasManualActions says so', () => {
    const activate = manually({ activate: [activating(B)] });
    expect(decideReprogramming(full, activate, NOW)).toMatchObject({ kind: 'full', hasManualActions: true });
    const deactivate = manually({ deactivate: ['b'] });
    const holding = aContainer({ holds: [B], isFull: true });
    expect(decideReprogramming(holding, deactivate, NOW)).toMatchObject({ kind: 'full', hasManualActions: true });
  });

  it('manual actions with a conflict are dropped, and pending vendor actions wait', () => {
    expect(decideReprogramming(full, manually({ activate: [activatingUnknown('x')] }), NOW)).toEqual({
      kind: 'full',
      hasManualActions: true,
      dropped: [{ action: 'activate', license: 'x', reason: 'not-on-ticket' }],
    });
  });

  it('a full container with nothing to do is decided as nothing, one with a conflict as a conflict', () => {
    const idle = aContainer({ holds: [A], isFull: true });
    expect(decideReprogramming(idle, NO_MANUAL_ACTIONS, NOW)).toEqual({ kind: 'nothing', dropped: [] });
    expect(decideReprogramming(idle, manually({ deactivate: ['x'] }), NOW)).toMatchObject({ kind: 'conflict' });
  });
});

describe('I9 the vendor-only sequence always succeeds', () => {
  it('pending vendor actions that Q7 forbids throw VendorSequenceFailed, which names the broken licenses', () => {
    const container = aContainer({
      holds: [BASE, ADD_ON, aLicense('more', { requires: ['base'] })],
      pending: [withdrawing('base')],
    });
    const failure = {
      name: 'VendorSequenceFailed',
      message: 'Bug: the pending vendor actions leave licenses without what they require: add-on, more',
    };
    expect(() => decideReprogramming(container, NO_MANUAL_ACTIONS, NOW)).toThrow(VendorSequenceFailed);
    expect(() => decideReprogramming(container, NO_MANUAL_ACTIONS, NOW)).toThrow(expect.objectContaining(failure));
    const conflicting = manually({ activate: [activatingUnknown('x')] });
    expect(() => decideReprogramming(container, conflicting, NOW)).toThrow(expect.objectContaining(failure));
  });
});

describe('the changes of a plan', () => {
  const CHANGES: readonly Change[] = [
    { step: 'withdraw', op: 'remove', license: A },
    { step: 'deactivate', op: 'remove', license: B },
    { step: 'assign', op: 'put', license: C },
    { step: 'replace', op: 'remove', license: aLicense('d'), by: 'd2' },
    { step: 'replace', op: 'put', license: aLicense('d2'), for: 'd' },
    { step: 'activate', op: 'put', license: BASE },
    { step: 'activate', op: 'put', license: ADD_ON },
  ];

  it('executedBy returns the license ids per step, and both ids of a replacement', () => {
    expect(executedBy(CHANGES)).toEqual({
      withdraw: ['a'],
      deactivate: ['b'],
      assign: ['c'],
      replace: [{ old: 'd', new: 'd2' }],
      activate: ['base', 'add-on'],
    });
    expect(executedBy([])).toEqual({ withdraw: [], deactivate: [], assign: [], replace: [], activate: [] });
  });

  it('countByStep counts the changes per step, a replacement as two', () => {
    expect(countByStep(CHANGES)).toEqual({ withdraw: 1, deactivate: 1, assign: 1, replace: 2, activate: 2 });
    expect(countByStep([])).toEqual({ withdraw: 0, deactivate: 0, assign: 0, replace: 0, activate: 0 });
  });
});
