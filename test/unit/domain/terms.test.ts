import { describe, expect, it } from 'vitest';
import { criticalTerms, isExpired, sameTerms, type Terms } from '../../../domain/terms.ts';

const END = '2026-06-30T12:00:00Z';

describe('isExpired', () => {
  it('terms are expired from the millisecond of expiresAt', () => {
    expect(isExpired({ expiresAt: END }, Date.parse(END) - 1)).toBe(false);
    expect(isExpired({ expiresAt: END }, Date.parse(END))).toBe(true);
    expect(isExpired({ expiresAt: END }, Date.parse(END) + 1)).toBe(true);
  });

  it('terms without expiresAt never expire, whatever maintenanceUntil says', () => {
    expect(isExpired({}, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(isExpired({ maintenanceUntil: END }, Date.parse(END) + 1)).toBe(false);
  });
});

describe('sameTerms', () => {
  const FULL: Terms = { expiresAt: END, maintenanceUntil: END, quantity: 2, features: ['a', 'b'] };

  it('terms with equal members are the same', () => {
    expect(sameTerms({}, {})).toBe(true);
    expect(sameTerms(FULL, { ...FULL, features: ['a', 'b'] })).toBe(true);
  });

  it.each<[string, Terms, Terms]>([
    ['expiresAt', FULL, { ...FULL, expiresAt: '2027-06-30T12:00:00Z' }],
    ['maintenanceUntil', FULL, { ...FULL, maintenanceUntil: '2027-06-30T12:00:00Z' }],
    ['the quantity', FULL, { ...FULL, quantity: 3 }],
    ['a feature', FULL, { ...FULL, features: ['a', 'c'] }],
    ['one feature more', FULL, { ...FULL, features: ['a', 'b', 'c'] }],
    ['the order of the features', FULL, { ...FULL, features: ['b', 'a'] }],
    ['an empty list of features instead of an absent one', {}, { features: [] }],
    ['features instead of an absent list', {}, { features: ['a'] }],
  ])('terms that differ by %s are not the same', (_, one, other) => {
    expect(sameTerms(one, other)).toBe(false);
    expect(sameTerms(other, one)).toBe(false);
  });
});

describe('the vendor’s own terms', () => {
  it.each<[string, Terms, Terms]>([
    ['an own term', { region: 'EU' }, { region: 'US' }],
    ['an own term that one of them lacks', { region: 'EU' }, {}],
    ['a name that every object inherits', { constructor: 'x' }, {}],
    ['the type of an own term', { sites: 1 }, { sites: '1' }],
    ['the days of the lease', { leaseDays: 7 }, { leaseDays: 30 }],
  ])('terms that differ by %s are not the same', (_, one, other) => {
    expect(sameTerms(one, other)).toBe(false);
    expect(sameTerms(other, one)).toBe(false);
  });

  it('critical terms are those that the license has, each once; none is undefined', () => {
    const terms: Terms = { region: 'EU', leaseDays: 7 };
    expect(criticalTerms(['region', 'leaseDays', 'region', 'sites', 'constructor'], terms)).toEqual([
      'region',
      'leaseDays',
    ]);
    expect(criticalTerms(['sites'], terms)).toBeUndefined();
    expect(criticalTerms(undefined, terms)).toBeUndefined();
  });
});
