import { expect, test } from 'vitest';
import { defined } from '../../../domain/defined.ts';

interface Note {
  readonly text: string;
  readonly at?: string;
}

test('members that are undefined are left out; null, false, 0 and empty text stay', () => {
  const members = { text: '', at: undefined as string | undefined, isRead: false, count: 0, by: null };
  const kept = defined(members);
  expect(Object.entries(kept)).toEqual([
    ['text', ''],
    ['isRead', false],
    ['count', 0],
    ['by', null],
  ]);
});

test('the result fits a type with optional members', () => {
  const note = (at: string | undefined): Note => defined({ text: 'x', at });
  expect(note('now')).toEqual({ text: 'x', at: 'now' });
  expect(Object.keys(note(undefined))).toEqual(['text']);
});
