import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const MOST_STEPS = 8;

/** The first seed of each search, which makes it short. If seeds change their meaning, one minute must still be enough. */
const FIRST_SEEDS: Readonly<Record<string, number>> = {
  'removed-condition': 2,
  'forgotten-reservation': 1,
  'swapped-step': 2,
  'unchecked-order': 1,
  'unlocked-step': 228,
};

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs `npm run simulate` with a bug in the product. */
const simulate = (bug: string): Promise<Ended> =>
  new Promise((resolve) => {
    const options = ['--plant', bug, '--seed', String(FIRST_SEEDS[bug] ?? 0), '--seconds', '60', '--workers', '1'];
    const child = execFile(process.execPath, [MAIN, ...options], (error, output) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output });
    });
    child.stdin?.end();
  });

test.each(Object.keys(PLANTED_BUGS))(
  'the simulator finds the planted bug %s with a history of few steps',
  async (bug) => {
    const { code, output } = await simulate(bug);
    expect(output).toContain('VIOLATION');
    expect(code).toBe(1);
    const [, steps] = /\(seed \d+, (\d+) steps/.exec(output) ?? [];
    expect(Number(steps)).toBeLessThanOrEqual(MOST_STEPS);
  },
);
