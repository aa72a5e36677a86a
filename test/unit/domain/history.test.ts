import { describe, expect, it } from 'vitest';
import { EVENT_FILTERS, EVENT_TYPES, matchesFilter } from '../../../domain/history.ts';

describe('a filter for events', () => {
  it('a filter with a type or a family matches the type', () => {
    expect(matchesFilter(['license.withdrawn'], 'license.withdrawn')).toBe(true);
    expect(matchesFilter(['license.*'], 'license.withdrawn')).toBe(true);
    expect(matchesFilter(['update.issued', 'license.*'], 'license.withdrawn')).toBe(true);
  });

  it('a filter with other types, other families or half a name does not match the type', () => {
    expect(matchesFilter([], 'license.withdrawn')).toBe(false);
    expect(matchesFilter(['license.replaced', 'container.*'], 'license.withdrawn')).toBe(false);
    expect(matchesFilter(['license'], 'license.withdrawn')).toBe(false);
  });

  it('EVENT_FILTERS has every type and every family once', () => {
    expect(EVENT_FILTERS).toEqual(expect.arrayContaining([...EVENT_TYPES, 'license.*', 'withdrawal.*', 'container.*']));
    expect(new Set(EVENT_FILTERS).size).toBe(EVENT_FILTERS.length);
  });
});
