import { expect, test } from 'vitest';
import { defined } from '../../../protocol/defined.ts';

test('defined leaves out undefined members only', () => {
  const members = { a: 1, b: undefined, c: null, d: '', e: false };
  expect(Object.entries(defined(members))).toEqual([
    ['a', 1],
    ['c', null],
    ['d', ''],
    ['e', false],
  ]);
});
