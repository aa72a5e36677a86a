import { expect, test } from 'vitest';
import {
  newReprogrammingId,
  parseReprogrammingId,
} from '../../../../../functions/use-cases/reprogramming/reprogramming-id.ts';
import { givenRuntime } from '../../given-dependencies.ts';

const SERIAL = '-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN0';

test('an id tells its container and where to look, whatever dashes the serial has', () => {
  const { dependencies } = givenRuntime();
  const id = newReprogrammingId(dependencies, SERIAL, 17);
  expect(parseReprogrammingId(id)).toEqual({ serial: SERIAL, counter: 17 });
});

test('an id leaves room for the suffix of a second execution within 80 characters', () => {
  const { dependencies } = givenRuntime();
  expect(newReprogrammingId(dependencies, SERIAL, 9_999_999_999).length + '.abcd'.length).toBeLessThanOrEqual(80);
});

test.each(['', 'x', `${SERIAL}-1`, `${SERIAL}-x-00000000000000000000`, `${SERIAL}-1-0000000000000000000U`])(
  '%j is no id',
  (id) => {
    expect(parseReprogrammingId(id)).toBeUndefined();
  },
);
