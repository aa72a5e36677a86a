import { expect, test } from 'vitest';
import {
  newReprogrammingId,
  parseReprogrammingId,
} from '../../../../../functions/use-cases/reprogramming/reprogramming-id.ts';
import { givenRuntime } from '../../given-dependencies.ts';

const SERIAL = '-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN0';

test('an id contains the serial and the counter, even if the serial has dashes', () => {
  const { dependencies } = givenRuntime();
  const id = newReprogrammingId(dependencies, SERIAL, 17);
  expect(parseReprogrammingId(id)).toEqual({ serial: SERIAL, counter: 17 });
});

test('an id with the suffix of a second execution has at most 80 characters', () => {
  const { dependencies } = givenRuntime();
  expect(newReprogrammingId(dependencies, SERIAL, 9_999_999_999).length + '.abcd'.length).toBeLessThanOrEqual(80);
});

test.each(['', 'x', `${SERIAL}-1`, `${SERIAL}-x-00000000000000000000`, `${SERIAL}-1-0000000000000000000U`])(
  '%j is not an id of a reprogramming',
  (id) => {
    expect(parseReprogrammingId(id)).toBeUndefined();
  },
);
