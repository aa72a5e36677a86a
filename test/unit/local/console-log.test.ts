import { expect, test, vi } from 'vitest';
import { createConsoleLog } from '../../../local/console-log.ts';

test('a full disk is reported in one line, once, until a minute has passed without it', () => {
  let now = 0;
  const write = vi.fn<(line: string, error?: unknown) => void>();
  const log = createConsoleLog({ now: () => now }, write);
  const full = new Error('put', { cause: new Error('database or disk is full') });
  for (; now < 120_000; now += 30_000) log.error('A request failed', { error: full });
  expect(write.mock.calls).toEqual([[expect.stringMatching(/^The disk is full\. [^\n]*$/)]]);
  now += 60_000;
  log.error('A request failed', { error: Object.assign(new Error('ENOSPC: no space left on device, write')) });
  expect(write).toHaveBeenCalledTimes(2);
});

test('every other error and warning is printed each time, an error with its stack, and other lines are not', () => {
  const write = vi.fn<(line: string, error?: unknown) => void>();
  const log = createConsoleLog({ now: () => 0 }, write);
  const error = new Error('broken');
  log.error('A request failed', { error });
  log.error('A request failed', { error, order: 'SO-1' });
  log.info('Started', {});
  log.warn('Careful', {});
  expect(write.mock.calls).toEqual([
    ['A request failed:', error],
    ['A request failed {"order":"SO-1"}:', error],
    ['Careful'],
  ]);
});
