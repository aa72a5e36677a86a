import { expect, test } from 'vitest';
import { formatAge, formatPendingSince, formatWaiting } from '../../../cli/format.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ago = (milliseconds: number): string => new Date(NOW - milliseconds).toISOString();

test.each([
  [-DAY, 'just now'],
  [MINUTE - 1, 'just now'],
  [MINUTE, '1 minute ago'],
  [59 * MINUTE, '59 minutes ago'],
  [60 * MINUTE, '1 hour ago'],
  [DAY - 1, '23 hours ago'],
  [DAY, '1 day ago'],
  [400 * DAY, '400 days ago'],
])('a time %i milliseconds ago is shown as %s', (milliseconds, text) => {
  expect(formatAge(ago(milliseconds), NOW)).toBe(text);
});

test('a time that cannot be read is shown as just now', () => {
  expect(formatAge('soon', NOW)).toBe('just now');
});

const WITHDRAWAL = {
  action: 'withdraw',
  container: `X8RpWMD7${'a'.repeat(35)}`,
  orderedAt: ago(3 * DAY),
  waitsFor: 'update',
} as const;

test('a pending action says what it waits for, since when, and when its container was last seen', () => {
  expect(
    formatWaiting({ ...WITHDRAWAL, containerName: 'Reception PC', lastContactAt: '2026-11-28T10:00:00.000Z' }, NOW),
  ).toBe(
    'withdraw waits for the next update of container X8RpWMD7… (“Reception PC”), ordered 3 days ago; last seen 2026-11-28',
  );
  expect(formatWaiting({ ...WITHDRAWAL, waitsFor: 'receipt' }, NOW)).toBe(
    'withdraw waits for the receipt of container X8RpWMD7…, ordered 3 days ago; never seen',
  );
  expect(formatWaiting({ ...WITHDRAWAL, effectiveBy: '2026-12-09T10:00:00.000Z' }, NOW)).toBe(
    'withdraw waits for the next update of container X8RpWMD7…, ordered 3 days ago; never seen; is usable until 2026-12-09 10:00:00 UTC at the latest',
  );
  expect(formatPendingSince({ ...WITHDRAWAL, replacement: 'R', action: 'replace' }, NOW)).toBe(
    'replace by R, 3 days ago',
  );
  expect(formatPendingSince({ ...WITHDRAWAL, waitsFor: 'receipt' }, NOW)).toBe(
    'withdraw, 3 days ago, waits for the receipt',
  );
});
