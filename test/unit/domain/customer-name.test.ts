import { expect, test } from 'vitest';
import { normalizeName } from '../../../domain/customer-name.ts';

test.each([
  ['upper case', 'WEBER GmbH', 'weber gmbh'],
  ['spaces around it', '  Weber GmbH ', 'weber gmbh'],
  ['several spaces, a tab and a line break between words', 'Weber \t\n GmbH', 'weber gmbh'],
  ['a space that does not break', 'Weber\u00a0GmbH', 'weber gmbh'],
  ['letters of full width', 'Ｗｅｂｅｒ GmbH', 'weber gmbh'],
  ['a letter whose accent is a character of its own', 'Mu\u0308ller', 'm\u00fcller'],
])('a name with %s has the same form as the usual spelling', (_, name, form) => {
  expect(normalizeName(name)).toBe(form);
});

test('the form of a form is the form itself, also where lower case leaves NFKC', () => {
  for (const name of ['İstanbul', 'ﷺ', 'ẞ', 'Ω ohm', '½ Liter', '\ufdfa x']) {
    expect(normalizeName(normalizeName(name))).toBe(normalizeName(name));
  }
});
