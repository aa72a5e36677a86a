import { describe, expect, it } from 'vitest';
import { assertNever, containerOf, isFinal, isOnTicket, type Standing, stateOf } from '../../../domain/license.ts';

const AVAILABLE: Standing = { at: 'available' };
const ASSIGNED: Standing = { at: 'available', reservation: { for: 'assign', container: 'c', orderedAt: 'then' } };
const PLANNED: Standing = { at: 'available', reservation: { for: 'activate', container: 'c', reprogramming: 'r' } };
const WAITING: Standing = { at: 'available', reservation: { for: 'replace', container: 'c', predecessor: 'old' } };
const COLLECTED: Standing = { at: 'collected', container: 'c', counter: 3 };
const RETURNED: Standing = { at: 'returned', container: 'c', counter: 3, cause: 'deactivate' };
const WITHDRAWN: Standing = { at: 'withdrawn' };
const REPLACED: Standing = { at: 'replaced' };
const UNKNOWN = { at: 'lost' } as unknown as Standing;

describe('the state that is shown', () => {
  it('I2 a collection is confirmed when its container confirmed the counter that put it there, and not before', () => {
    expect(stateOf(COLLECTED, 2)).toBe('collected-without-receipt');
    expect(stateOf(COLLECTED, 3)).toBe('confirmed-collected');
    expect(stateOf(COLLECTED, 4)).toBe('confirmed-collected');
  });

  it('a return stays without receipt until it is settled, whatever the counter', () => {
    expect(stateOf(RETURNED, 2)).toBe('returned-without-receipt');
    expect(stateOf(RETURNED, 9)).toBe('returned-without-receipt');
  });

  it.each([
    [AVAILABLE, 'available'],
    [ASSIGNED, 'available'],
    [PLANNED, 'available'],
    [WITHDRAWN, 'withdrawn'],
    [REPLACED, 'replaced'],
  ] as const)('%o is shown as %s', (standing, state) => {
    expect(stateOf(standing, 0)).toBe(state);
  });
});

describe('the container that a standing names', () => {
  it.each([
    [AVAILABLE, undefined],
    [ASSIGNED, 'c'],
    [PLANNED, 'c'],
    [WAITING, 'c'],
    [COLLECTED, 'c'],
    [RETURNED, 'c'],
    [WITHDRAWN, undefined],
    [REPLACED, undefined],
  ])('%o names %s', (standing, container) => {
    expect(containerOf(standing)).toBe(container);
  });
});

describe('the ticket', () => {
  it.each([AVAILABLE, ASSIGNED, PLANNED, COLLECTED, RETURNED])('shows %o', (standing) => {
    expect(isFinal(standing)).toBe(false);
    expect(isOnTicket(standing)).toBe(true);
  });

  it.each([WITHDRAWN, REPLACED])('W1 R4 does not show %o: it is final', (standing) => {
    expect(isFinal(standing)).toBe(true);
    expect(isOnTicket(standing)).toBe(false);
  });

  it('R3 does not show a replacement that is not yet on offer', () => {
    expect(isFinal(WAITING)).toBe(false);
    expect(isOnTicket(WAITING)).toBe(false);
  });
});

it('a standing that is none of these is a broken invariant, and says which', () => {
  expect(() => stateOf(UNKNOWN, 0)).toThrow('Bug: unexpected value {"at":"lost"}');
  expect(() => containerOf(UNKNOWN)).toThrow('Bug: unexpected value {"at":"lost"}');
  expect(() => assertNever('x' as never)).toThrow('Bug: unexpected value "x"');
});
