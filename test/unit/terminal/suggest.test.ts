import { expect, test } from 'vitest';
import { suggest } from '../../../terminal/suggest.ts';

test('the suggestion for a mistyped word is a word that differs by a few characters', () => {
  const words = ['licenses', 'list', 'login', 'logout', 'containers'];
  expect(suggest('licneses', words)).toBe('licenses');
  expect(suggest('cont', words)).toBe('containers');
  expect(suggest('LOGIN', words)).toBe('login');
  expect(suggest('banana', words)).toBeUndefined();
  expect(suggest('x', words)).toBeUndefined();
});
