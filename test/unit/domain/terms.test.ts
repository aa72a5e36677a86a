import { describe, expect, it } from 'vitest';
import { isExpired, sameTerms, type Terms } from '../../../domain/terms.ts';

const END = '2026-06-30T12:00:00Z';

describe('expiry', () => {
  it('a license expires at the very millisecond that its terms name', () => {
    expect(isExpired({ expiresAt: END }, Date.parse(END) - 1)).toBe(false);
    expect(isExpired({ expiresAt: END }, Date.parse(END))).toBe(true);
    expect(isExpired({ expiresAt: END }, Date.parse(END) + 1)).toBe(true);
  });

  it('a license without an end never expires, and the end of maintenance is no end', () => {
    expect(isExpired({}, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(isExpired({ maintenanceUntil: END }, Date.parse(END) + 1)).toBe(false);
  });
});

describe('the same terms', () => {
  const FULL: Terms = { expiresAt: END, maintenanceUntil: END, quantity: 2, features: ['a', 'b'] };

  it('are equal member by member', () => {
    expect(sameTerms({}, {})).toBe(true);
    expect(sameTerms(FULL, { ...FULL, features: ['a', 'b'] })).toBe(true);
  });

  it.each<[string, Terms, Terms]>([
    ['the end', FULL, { ...FULL, expiresAt: '2027-06-30T12:00:00Z' }],
    ['the end of maintenance', FULL, { ...FULL, maintenanceUntil: '2027-06-30T12:00:00Z' }],
    ['the quantity', FULL, { ...FULL, quantity: 3 }],
    ['a feature', FULL, { ...FULL, features: ['a', 'c'] }],
    ['one feature more', FULL, { ...FULL, features: ['a', 'b', 'c'] }],
    ['the order of the features', FULL, { ...FULL, features: ['b', 'a'] }],
    ['an empty list of features instead of none', {}, { features: [] }],
    ['features instead of none', {}, { features: ['a'] }],
  ])('differ by %s', (_, one, other) => {
    expect(sameTerms(one, other)).toBe(false);
    expect(sameTerms(other, one)).toBe(false);
  });
});
