import { expect, test } from 'vitest';
import { spanMilliseconds } from '../../../domain/span.ts';

const HOUR = 3_600_000;

test.each([
  ['1h', HOUR],
  ['12h', 12 * HOUR],
  ['90d', 90 * 24 * HOUR],
  ['4w', 28 * 24 * HOUR],
  ['99999d', 99_999 * 24 * HOUR],
])('the span %s has %i milliseconds', (text, milliseconds) => {
  expect(spanMilliseconds(text)).toBe(milliseconds);
});

test.each(['', 'h', '0d', '01d', '1m', '1D', '1.5d', '-1d', ' 1d', '1d ', '100000d', '90'])(
  'the text %j is not a span',
  (text) => {
    expect(spanMilliseconds(text)).toBeUndefined();
  },
);
