import { expect, test } from 'vitest';
import { retryOnConflict, TooManyConflicts } from '../../../../functions/store/conflict-retries.ts';
import { givenRuntime } from '../given-dependencies.ts';

test('an attempt that changed nothing in between is called once, without a pause', async () => {
  const { dependencies, slept } = givenRuntime();
  expect(await retryOnConflict(dependencies, 'license X', async () => undefined)).toBeUndefined();
  expect(slept).toEqual([]);
});

test('a conflicting attempt is called again after a random pause of at most 40 milliseconds', async () => {
  const bytes = [0, 255];
  const { dependencies, slept } = givenRuntime({ random: () => Uint8Array.of(bytes.shift() ?? 0) });
  const results = ['changed', 'changed', false] as const;
  let calls = 0;
  expect(await retryOnConflict(dependencies, 'license X', async () => results[calls++] ?? false)).toBe(false);
  expect(calls).toBe(3);
  expect(slept).toEqual([1, 40]);
});

test('60 conflicting attempts throw an error that names what could not be written', async () => {
  const { dependencies, slept } = givenRuntime();
  let calls = 0;
  const result = retryOnConflict(dependencies, 'license X', async () => {
    calls += 1;
    return 'changed';
  });
  await expect(result).rejects.toThrow(TooManyConflicts);
  await expect(result).rejects.toThrow('Gave up on license X after 60 conflicting writes');
  expect(calls).toBe(60);
  expect(slept).toHaveLength(59);
});

test('an error of an attempt is thrown at once', async () => {
  const { dependencies, slept } = givenRuntime();
  await expect(
    retryOnConflict(dependencies, 'license X', async () => {
      throw new Error('network');
    }),
  ).rejects.toThrow('network');
  expect(slept).toEqual([]);
});
