import { describe, expect, it } from 'vitest';
import { EVENT_FILTERS, EVENT_TYPES, isWanted } from '../../../domain/history.ts';

describe('what a receiver of events asks for', () => {
  it('is a type, or a whole family of types', () => {
    expect(isWanted(['license.withdrawn'], 'license.withdrawn')).toBe(true);
    expect(isWanted(['license.*'], 'license.withdrawn')).toBe(true);
    expect(isWanted(['update.issued', 'license.*'], 'license.withdrawn')).toBe(true);
  });

  it('is nothing else', () => {
    expect(isWanted([], 'license.withdrawn')).toBe(false);
    expect(isWanted(['license.replaced', 'container.*'], 'license.withdrawn')).toBe(false);
    expect(isWanted(['license'], 'license.withdrawn')).toBe(false);
  });

  it('can be every type and every family, each named once', () => {
    expect(EVENT_FILTERS).toEqual(expect.arrayContaining([...EVENT_TYPES, 'license.*', 'withdrawal.*', 'container.*']));
    expect(new Set(EVENT_FILTERS).size).toBe(EVENT_FILTERS.length);
  });
});
