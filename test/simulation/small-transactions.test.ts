import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const HISTORIES = byTier({ quick: 5, deep: 160 });
const LARGEST_SEED = 2 ** 32;

/** Runs in a child process, because the product's text is changed before it is loaded. */
const simulate = (...options: string[]): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, '--small', '--workers', '1', ...options], (_, output) =>
      resolve(output),
    );
    child.stdin?.end();
  });

test('I1 I2 I3 I4 I5 I6 I7 I8 I9 random histories break no invariant when a transaction holds 8 items', async () => {
  const output = await simulate('--count', String(HISTORIES), '--seed', String(randomInt(LARGEST_SEED)));
  console.log(output);
  expect(output).not.toContain('VIOLATION');
  expect(output).toContain('no violation');
});
