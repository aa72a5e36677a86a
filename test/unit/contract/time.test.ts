import { expect, test } from 'vitest';
import { time } from '../../../contract/inputs.ts';

test.each([
  '2027-02-29T10:00:00Z',
  '2027-02-30T00:00:00Z',
  '2027-04-31T00:00:00Z',
  '2027-13-01T00:00:00Z',
  '2027-01-01T24:00:00Z',
])('a time that does not exist is refused: %s', (text) => {
  expect(time.safeParse(text).success).toBe(false);
});

test('29 February of a leap year is a time', () => {
  expect(time.safeParse('2028-02-29T10:00:00Z').success).toBe(true);
});
