import { describe, expect, it } from 'vitest';
import { EVENT_FILTERS, EVENT_TYPES, matchesFilter } from '../../../domain/history.ts';

describe('what a receiver of events asks for', () => {
  it('is a type, or a whole family of types', () => {
    expect(matchesFilter(['license.withdrawn'], 'license.withdrawn')).toBe(true);
    expect(matchesFilter(['license.*'], 'license.withdrawn')).toBe(true);
    expect(matchesFilter(['update.issued', 'license.*'], 'license.withdrawn')).toBe(true);
  });

  it('is nothing else', () => {
    expect(matchesFilter([], 'license.withdrawn')).toBe(false);
    expect(matchesFilter(['license.replaced', 'container.*'], 'license.withdrawn')).toBe(false);
    expect(matchesFilter(['license'], 'license.withdrawn')).toBe(false);
  });

  it('can be every type and every family, each named once', () => {
    expect(EVENT_FILTERS).toEqual(expect.arrayContaining([...EVENT_TYPES, 'license.*', 'withdrawal.*', 'container.*']));
    expect(new Set(EVENT_FILTERS).size).toBe(EVENT_FILTERS.length);
  });
});
