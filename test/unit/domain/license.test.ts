import { describe, expect, it } from 'vitest';
import {
  assertNever,
  containerOf,
  holderOf,
  isFinal,
  isOnTicket,
  licensePending,
  type Standing,
  stateOf,
} from '../../../domain/license.ts';

const AVAILABLE: Standing = { at: 'available' };
const ASSIGNED: Standing = { at: 'available', reservation: { for: 'assign', container: 'c', orderedAt: 'then' } };
const PLANNED: Standing = { at: 'available', reservation: { for: 'activate', container: 'c', reprogramming: 'r' } };
const WAITING: Standing = { at: 'available', reservation: { for: 'replace', container: 'c', predecessor: 'old' } };
const COLLECTED: Standing = { at: 'collected', container: 'c', counter: 3 };
const RETURNED: Standing = { at: 'returned', container: 'c', counter: 3, cause: 'deactivate' };
const WITHDRAWN: Standing = { at: 'withdrawn' };
const REPLACED: Standing = { at: 'replaced' };
const UNKNOWN = { at: 'lost' } as unknown as Standing;

describe('stateOf', () => {
  it('I2 a collection is confirmed once the container has confirmed the counter of its update, and not before', () => {
    expect(stateOf(COLLECTED, 2)).toBe('collected-without-receipt');
    expect(stateOf(COLLECTED, 3)).toBe('confirmed-collected');
    expect(stateOf(COLLECTED, 4)).toBe('confirmed-collected');
  });

  it('a returned license is without receipt until it is settled, whatever the confirmed counter', () => {
    expect(stateOf(RETURNED, 2)).toBe('returned-without-receipt');
    expect(stateOf(RETURNED, 9)).toBe('returned-without-receipt');
  });

  it.each([
    [AVAILABLE, 'available'],
    [ASSIGNED, 'available'],
    [PLANNED, 'available'],
    [WITHDRAWN, 'withdrawn'],
    [REPLACED, 'replaced'],
  ] as const)('the standing %o is the state %s', (standing, state) => {
    expect(stateOf(standing, 0)).toBe(state);
  });
});

describe('containerOf', () => {
  it.each([
    [AVAILABLE, undefined],
    [ASSIGNED, 'c'],
    [PLANNED, 'c'],
    [WAITING, 'c'],
    [COLLECTED, 'c'],
    [RETURNED, 'c'],
    [WITHDRAWN, undefined],
    [REPLACED, undefined],
  ])('the standing %o names the container %s', (standing, container) => {
    expect(containerOf(standing)).toBe(container);
  });
});

describe('holderOf', () => {
  it.each([COLLECTED, RETURNED])('names the container of a license with the standing %o', (standing) => {
    expect(holderOf(standing)).toBe('c');
  });

  it.each([AVAILABLE, ASSIGNED, PLANNED, WITHDRAWN, REPLACED])(
    'names no container for a license with the standing %o',
    (standing) => expect(holderOf(standing)).toBeUndefined(),
  );
});

describe('licensePending', () => {
  it('an assignment waits for the container that it names', () => {
    expect(licensePending(ASSIGNED)).toEqual({
      action: 'assign',
      container: 'c',
      orderedAt: 'then',
      waitsFor: 'update',
    });
  });

  it.each([
    [COLLECTED, 'update'],
    [RETURNED, 'receipt'],
  ] as const)('an earmark waits for the container of the standing %o, for its %s', (standing, waitsFor) => {
    const earmark = { action: 'withdraw', orderedAt: 'then', reason: 'refund' } as const;
    expect(licensePending({ ...standing, earmark } as Standing)).toEqual({ ...earmark, container: 'c', waitsFor });
  });

  it.each([AVAILABLE, PLANNED, WAITING, COLLECTED, RETURNED, WITHDRAWN, REPLACED])(
    'no vendor action waits for a license with the standing %o',
    (standing) => expect(licensePending(standing)).toBeUndefined(),
  );
});

describe('isOnTicket and isFinal', () => {
  it.each([AVAILABLE, ASSIGNED, PLANNED, COLLECTED, RETURNED])(
    'the ticket shows a license with the standing %o',
    (standing) => {
      expect(isFinal(standing)).toBe(false);
      expect(isOnTicket(standing)).toBe(true);
    },
  );

  it.each([WITHDRAWN, REPLACED])(
    'W1 R4 the ticket does not show a license with the standing %o: it is final',
    (standing) => {
      expect(isFinal(standing)).toBe(true);
      expect(isOnTicket(standing)).toBe(false);
    },
  );

  it('R3 the ticket does not show a replacement that is not yet on offer', () => {
    expect(isFinal(WAITING)).toBe(false);
    expect(isOnTicket(WAITING)).toBe(false);
  });
});

it('an unknown standing throws an error that quotes it', () => {
  expect(() => stateOf(UNKNOWN, 0)).toThrow('Bug: unexpected value {"at":"lost"}');
  expect(() => containerOf(UNKNOWN)).toThrow('Bug: unexpected value {"at":"lost"}');
  expect(() => licensePending(UNKNOWN)).toThrow('Bug: unexpected value {"at":"lost"}');
  expect(() => assertNever('x' as never)).toThrow('Bug: unexpected value "x"');
});
