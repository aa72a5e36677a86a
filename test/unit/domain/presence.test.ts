import { describe, expect, it } from 'vitest';
import type { ContextPosition } from '../../../domain/position.ts';
import {
  assessContext,
  type ContextMark,
  classifyPresence,
  decideLease,
  giveLease,
  NO_PRESENCE,
  type Presence,
  remember,
} from '../../../domain/presence.ts';

const MEMORY: Presence = { before: 'lease 1', current: 'lease 2', jti: 'context 5', iat: 50 };
const LEASE = { jti: 'lease 3', iat: 70 };
const context = (more: Partial<ContextMark> = {}): ContextMark => ({
  jti: 'context 6',
  iat: 51,
  lease: 'lease 2',
  ...more,
});

describe('C1 a context and the memory of its container', () => {
  it('C2 the remembered context is repeated, whatever else it carries', () => {
    expect(classifyPresence(MEMORY, context({ jti: 'context 5', iat: 99, lease: 'other' }))).toEqual({
      kind: 'repeated',
    });
  });

  it('C1 a context is late unless its time is above the remembered one', () => {
    expect(classifyPresence(MEMORY, context({ iat: 50 }))).toEqual({ kind: 'late' });
    expect(classifyPresence(MEMORY, context({ iat: 49, lease: 'other' }))).toEqual({ kind: 'late' });
    expect(classifyPresence(MEMORY, context({ iat: 51 }))).toEqual({ kind: 'current', isFirst: true });
  });

  it('C1 a newer context carries the current lease, the one before, or that of a copy', () => {
    expect(classifyPresence(MEMORY, context({ lease: 'lease 1' }))).toEqual({ kind: 'before' });
    expect(classifyPresence(MEMORY, context({ lease: '' }))).toEqual({ kind: 'cloned' });
    const known = { ...MEMORY, before: 'lease 2' };
    expect(classifyPresence(known, context())).toEqual({ kind: 'current', isFirst: false });
    expect(classifyPresence(known, context({ lease: 'lease 1' }))).toEqual({ kind: 'cloned' });
  });

  it('C1 the first context of a container is newer at any time, and carries no lease', () => {
    expect(classifyPresence(NO_PRESENCE, context({ iat: 0, lease: '' }))).toEqual({ kind: 'current', isFirst: false });
    expect(classifyPresence(NO_PRESENCE, context({ lease: 'lease 1' }))).toEqual({ kind: 'cloned' });
  });
});

describe('T3 C1 C2 the assessment of a context', () => {
  const CURRENT: ContextPosition = { kind: 'current' };
  const BEHIND: ContextPosition = { kind: 'diverged', divergence: 'behind' };
  const RECEIPT: ContextPosition = { kind: 'receipt', counter: 3 };

  it('T3 a newer context that does not fit the chain is recorded with its divergence, before its lease is compared', () => {
    const expected = { kind: 'diverged', divergence: 'behind', isRecorded: true };
    expect(assessContext(BEHIND, MEMORY, context())).toEqual(expected);
    expect(assessContext(BEHIND, MEMORY, context({ lease: 'other' }))).toEqual(expected);
  });

  it('C1 C2 a late or repeated context that does not fit the chain is refused as late, and not recorded', () => {
    const expected = { kind: 'diverged', divergence: 'late', isRecorded: false };
    expect(assessContext(BEHIND, MEMORY, context({ iat: 50 }))).toEqual(expected);
    expect(assessContext(BEHIND, MEMORY, context({ jti: 'context 5' }))).toEqual(expected);
  });

  it('C1 a newer context with the lease of a copy is refused as cloned, as a receipt too', () => {
    const expected = { kind: 'diverged', divergence: 'cloned', isRecorded: true };
    expect(assessContext(CURRENT, MEMORY, context({ lease: 'other' }))).toEqual(expected);
    expect(assessContext(RECEIPT, MEMORY, context({ lease: 'other' }))).toEqual(expected);
  });

  it('T2 a receipt is accepted with its counter, also when it is late', () => {
    expect(assessContext(RECEIPT, MEMORY, context({ iat: 1, lease: 'other' }))).toEqual({
      kind: 'accepted',
      standing: { kind: 'late' },
      receiptOf: 3,
    });
    expect(assessContext(CURRENT, MEMORY, context())).toEqual({
      kind: 'accepted',
      standing: { kind: 'current', isFirst: true },
    });
  });
});

describe('C1 what is remembered', () => {
  it('C1 the first context with the current lease makes it the one before', () => {
    const known = { before: 'lease 2', current: 'lease 2', jti: 'context 6', iat: 51 };
    expect(remember(MEMORY, context())).toEqual(known);
    expect(remember(MEMORY, context(), LEASE)).toEqual({ ...known, current: 'lease 3', lease: LEASE });
  });

  it('C1 a context that lost the current lease keeps the one before, and its new lease takes the current one’s place', () => {
    const known = { before: 'lease 1', current: 'lease 2', jti: 'context 6', iat: 51 };
    expect(remember(MEMORY, context({ lease: 'lease 1' }))).toEqual(known);
    expect(remember(MEMORY, context({ lease: 'lease 1' }), LEASE)).toEqual({
      ...known,
      current: 'lease 3',
      lease: LEASE,
    });
  });

  it('C1 C2 a late, repeated or cloned context moves nothing', () => {
    for (const more of [{ iat: 50 }, { jti: 'context 5' }, { lease: 'other' }]) {
      expect(remember(MEMORY, context(more), LEASE)).toBe(MEMORY);
    }
  });

  it('C1 a remembered receipt gets its lease afterwards', () => {
    expect(giveLease(MEMORY, context({ jti: 'context 5' }), LEASE)).toEqual({
      ...MEMORY,
      current: 'lease 3',
      lease: LEASE,
    });
    expect(giveLease(MEMORY, context(), LEASE)).toEqual(remember(MEMORY, context(), LEASE));
  });
});

describe('L2 C1 the lease of a context', () => {
  const facts = { isSettled: true, isDue: true, isReceipt: false };

  it('L2 a context with the current lease gets one if it is due and the container is at rest', () => {
    expect(decideLease(MEMORY, context(), facts)).toBe('give');
    expect(decideLease(MEMORY, context(), { ...facts, isDue: false })).toBe('remember');
    expect(decideLease(MEMORY, context(), { ...facts, isSettled: false })).toBe('remember');
    const known = { ...MEMORY, before: 'lease 2' };
    expect(decideLease(known, context(), { ...facts, isDue: false })).toBe('none');
  });

  it('C1 a context with the lease before always gets one, unless the container is not at rest', () => {
    const lost = context({ lease: 'lease 1' });
    expect(decideLease(MEMORY, lost, { ...facts, isDue: false })).toBe('give');
    expect(decideLease(MEMORY, lost, { ...facts, isSettled: false })).toBe('none');
  });

  it('C1 a late and a cloned context get none', () => {
    expect(decideLease(MEMORY, context({ iat: 50 }), facts)).toBe('none');
    expect(decideLease(MEMORY, context({ lease: 'other' }), facts)).toBe('none');
  });

  it('C2 the remembered context gets the same lease again, or none', () => {
    const again = context({ jti: 'context 5' });
    expect(decideLease({ ...MEMORY, lease: LEASE }, again, { ...facts, isDue: false })).toBe('same');
    expect(decideLease({ ...MEMORY, lease: LEASE }, again, { ...facts, isSettled: false })).toBe('none');
    expect(decideLease(MEMORY, again, facts)).toBe('none');
  });

  it('L2 C1 a receipt that was remembered a moment ago gets a lease if it is due, or if it carries the one before', () => {
    const receipt = { ...facts, isReceipt: true };
    expect(decideLease(MEMORY, context({ jti: 'context 5' }), receipt)).toBe('give');
    expect(decideLease(MEMORY, context({ jti: 'context 5' }), { ...receipt, isDue: false })).toBe('none');
    expect(decideLease(MEMORY, context({ jti: 'context 5', lease: 'lease 1' }), { ...receipt, isDue: false })).toBe(
      'give',
    );
  });
});
