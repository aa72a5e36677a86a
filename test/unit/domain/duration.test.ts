import { describe, expect, it } from 'vitest';
import { activatedAt, changedTerms, durationOf, fixEnd, isLength, shownTerms } from '../../../domain/duration.ts';

const START = Date.parse('2027-01-31T10:00:00.900Z');

const endOf = (length: string, at = START): unknown => fixEnd({ duration: `activation:${length}` }, 'activation', at);

describe('N2 the end of a duration', () => {
  it.each([
    ['P1Y', '2028-01-31T10:00:00Z'],
    ['P1M', '2027-02-28T10:00:00Z'],
    ['P13M', '2028-02-29T10:00:00Z'],
    ['P2W', '2027-02-14T10:00:00Z'],
    ['P30D', '2027-03-02T10:00:00Z'],
    ['P1Y2M3DT4H5M6S', '2028-04-03T14:05:06Z'],
    ['PT36H', '2027-02-01T22:00:00Z'],
  ])('%s after January 31, 2027, 10:00 ends at %s, in whole seconds', (length, expiresAt) => {
    expect(endOf(length)).toEqual({ expiresAt });
  });

  it('a year after February 29 is February 28', () => {
    expect(endOf('P1Y', Date.parse('2028-02-29T00:00:00Z'))).toEqual({ expiresAt: '2029-02-28T00:00:00Z' });
  });

  it('a moment fixes only the durations that start with it, and keeps the other terms', () => {
    const terms = { quantity: 2, duration: 'activation:P1Y' };
    expect(fixEnd(terms, 'delivery', START)).toBe(terms);
    expect(fixEnd(terms, 'activation', START)).toEqual({ quantity: 2, expiresAt: '2028-01-31T10:00:00Z' });
    expect(durationOf({ duration: 'delivery:P1D' })).toEqual({ length: 'P1D', from: 'delivery' });
    expect(durationOf({ duration: 'for ever' })).toBeUndefined();
    expect(shownTerms(terms)).toEqual({ quantity: 2, duration: { length: 'P1Y', from: 'activation' } });
  });

  it('an activated license has no critical term that it lost with its duration', () => {
    const license = { id: 'a', terms: { duration: 'activation:P1D', quantity: 1 }, crit: ['duration'] };
    expect(activatedAt(license, START)).toEqual({ id: 'a', terms: { quantity: 1, expiresAt: '2027-02-01T10:00:00Z' } });
    expect(activatedAt({ ...license, crit: ['duration', 'quantity'] }, START).crit).toEqual(['quantity']);
  });

  it('an end takes the place of a duration, and a duration that of an end', () => {
    const end = { expiresAt: '2030-01-01T00:00:00Z' };
    const lasting = { duration: 'activation:P1Y' };
    expect(changedTerms({ ...lasting, quantity: 1 }, end)).toEqual({ ...end, quantity: 1 });
    expect(changedTerms({ ...end, quantity: 1 }, lasting)).toEqual({ ...lasting, quantity: 1 });
    expect(changedTerms(lasting, { quantity: 2 })).toEqual({ ...lasting, quantity: 2 });
  });
});

describe('N2 the length of a duration', () => {
  it.each(['P1Y', 'P30D', 'P2W', 'PT1S', 'P1Y2M3W4DT5H6M7S', 'P100Y'])('%s is a length', (text) => {
    expect(isLength(text)).toBe(true);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1',
    '1Y',
    'P0D',
    'P1.5Y',
    'P-1Y',
    'p1y',
    'P1YT',
    'P1D1Y',
    'P101Y',
    'PT9999999999S',
    ' P1Y',
  ])('“%s” is not a length', (text) => {
    expect(isLength(text)).toBe(false);
  });
});
