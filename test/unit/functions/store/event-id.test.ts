import { expect, test } from 'vitest';
import { newEventId } from '../../../../functions/store/event-id.ts';
import { givenRuntime } from '../given-dependencies.ts';

test('ids of one process rise, even within a millisecond', () => {
  const { dependencies } = givenRuntime();
  const ids = Array.from({ length: 500 }, () => newEventId(dependencies));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(500);
});

test('ids rise across dependencies that share one connection to the table', () => {
  const { dependencies } = givenRuntime();
  const ids = Array.from({ length: 50 }, () => newEventId({ ...dependencies }));
  expect([...ids].sort()).toEqual(ids);
});

test('an id is a ULID: the time, then random characters, in Crockford base32', () => {
  const at = (time: string): string => newEventId(givenRuntime({ now: () => new Date(time) }).dependencies);
  // The ULID specification's example: 1469918176385 ms.
  expect(at('2016-07-30T22:36:16.385Z').slice(0, 10)).toBe('01ARYZ6S41');
  expect(at('2026-11-24T12:00:00.000Z')).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});
