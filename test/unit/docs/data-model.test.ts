/** `docs/data-model.md` names what is in the table and what limits it; this keeps it from falling behind the code. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as limits from '../../../domain/limits.ts';
import * as keys from '../../../functions/store/keys.ts';

const page = readFileSync(new URL('../../../docs/data-model.md', import.meta.url), 'utf8');

/** The leading word of a key: `CONTAINER#` of `CONTAINER#abc`, or all of one without parts. */
const kindOf = (key: string): string => /^[A-Z-]+#?/.exec(key)?.[0] ?? key;

const SAMPLES = ['a', 'b', 1] as const;

/** Every key that `keys.ts` can make, called with samples where it is a function. */
const keyNames = Object.keys(keys).filter((name) => /(Key|Index|_INDEX)$/.test(name));
const made = (name: string): string[] => {
  const value: unknown = Reflect.get(keys, name);
  const key: unknown = typeof value === 'function' ? value(...SAMPLES) : value;
  if (typeof key === 'string') return [kindOf(key)];
  const { pk, sk } = key as keys.Key;
  return [kindOf(pk), kindOf(sk)];
};

describe('the page of the data model', () => {
  test.each(keyNames)('shows the key %s', (name) => {
    for (const kind of made(name)) expect(page).toContain(`\`${kind}`);
  });

  test.each(Object.entries(limits))('shows the limit %s with its value', (name, value) => {
    expect(page).toMatch(new RegExp(`\`${name}\`.*\\| ${value.toLocaleString('en')}\\b`));
  });
});
