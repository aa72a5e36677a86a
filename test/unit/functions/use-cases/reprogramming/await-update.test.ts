import { expect, test } from 'vitest';
import { waitSeconds } from '../../../../../functions/use-cases/reprogramming/await-update.ts';

test.each([
  [undefined, undefined],
  ['', undefined],
  ['respond-async', undefined],
  ['wait=5', 5],
  ['WAIT=5', 5],
  ['wait="5"', 5],
  ['respond-async, wait=3', 3],
  ['wait = 0', 0],
  ['wait=60', 10],
  ['wait=-1', undefined],
  ['await=5', undefined],
])('Prefer: %s waits %s seconds', (prefer, seconds) => {
  expect(waitSeconds(prefer)).toBe(seconds);
});
