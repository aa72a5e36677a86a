import { describe, expect, it } from 'vitest';
import { isLeaseDue, type LeaseQuestion, shortestLeaseDays, usableUntil } from '../../../domain/lease.ts';
import type { PlannedChange } from '../../../domain/sequence.ts';

const DAY = 86_400;
const QUESTION: LeaseQuestion = {
  now: 1_000 * DAY,
  statement: { iat: 1_000 * DAY - 2 * DAY, kid: 'key' },
  shortestLeaseDays: 8,
  signers: ['other', 'key'],
  renew: false,
};

describe('L2 a lease', () => {
  it('L2 is due when the newest statement is older than a quarter of the shortest leaseDays', () => {
    expect(isLeaseDue(QUESTION)).toBe(false);
    expect(isLeaseDue({ ...QUESTION, now: QUESTION.now + 1 })).toBe(true);
    expect(isLeaseDue({ ...QUESTION, now: QUESTION.now + 1, shortestLeaseDays: undefined })).toBe(false);
  });

  it('L2 is due when the newest key set lacks the key of the newest statement, and when the context asks for it', () => {
    const fresh = { ...QUESTION, statement: { iat: QUESTION.now, kid: 'key' }, shortestLeaseDays: undefined };
    expect(isLeaseDue(fresh)).toBe(false);
    expect(isLeaseDue({ ...fresh, signers: ['other'] })).toBe(true);
    expect(isLeaseDue({ ...fresh, renew: true })).toBe(true);
  });

  it('L2 the shortest leaseDays decide, and licenses without them do not count', () => {
    expect(shortestLeaseDays([{ terms: {} }, { terms: { leaseDays: 30 } }, { terms: { leaseDays: 7 } }])).toBe(7);
    expect(shortestLeaseDays([{ terms: {} }])).toBeUndefined();
  });
});

describe('L3 the latest time at which a place that holds a license can be used', () => {
  const license = { id: 'L', product: 'p', terms: { leaseDays: 2 }, requires: [], ticket: 't', orderId: 'o' };
  const puts: PlannedChange = { step: 'activate', op: 'put', license };
  const removes: PlannedChange = { step: 'deactivate', op: 'remove', license };
  const until = (isInTarget: boolean, confirmedIat: number, ...outstanding: [number, PlannedChange[]][]) =>
    usableUntil(license, isInTarget, {
      confirmedIat,
      outstanding: outstanding.map(([iat, changes]) => ({ iat, changes })),
    });
  const end = (fresh: number) => (fresh + 2 * DAY) * 1000;

  it('L3 is that of the confirmed place without outstanding updates', () => {
    expect(until(true, 10)).toBe(end(10));
    expect(until(false, 10)).toBeUndefined();
    expect(usableUntil({ id: 'L', terms: {} }, true, { confirmedIat: 10, outstanding: [] })).toBeUndefined();
  });

  it('L3 is the latest of the confirmed place and of the outstanding places that hold it', () => {
    expect(until(true, 10, [20, []], [30, []])).toBe(end(30));
    expect(until(true, 40, [20, []])).toBe(end(40));
    // Put by the first update: the confirmed place does not hold it.
    expect(until(true, 40, [20, [puts]])).toBe(end(20));
    // Removed by the second: the place after it does not hold it.
    expect(until(false, 10, [20, []], [30, [removes]])).toBe(end(20));
    expect(until(false, 10, [20, [puts]], [30, [removes]])).toBe(end(20));
    // Removed and put by one update, as a renewal is: both places hold it.
    expect(until(true, 40, [20, [removes, puts]])).toBe(end(40));
  });

  it('L3, N1 after a change of leaseDays it is that of the longest that was signed', () => {
    const places = { confirmedIat: 10, outstanding: [] };
    const signed = (leaseDays?: number) => [leaseDays === undefined ? {} : { leaseDays }];
    expect(usableUntil(license, true, places, signed(5))).toBe((10 + 5 * DAY) * 1000);
    expect(usableUntil(license, true, places, signed(1))).toBe(end(10));
    // A place without leaseDays has no end.
    expect(usableUntil(license, true, places, signed())).toBeUndefined();
    // An update puts the license with more days, and no receipt has confirmed it.
    const longer: PlannedChange = { ...puts, license: { ...license, terms: { leaseDays: 9 } } };
    expect(until(true, 40, [20, [removes, longer]])).toBe((40 + 9 * DAY) * 1000);
  });
});
