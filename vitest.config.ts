import { globSync, readFileSync } from 'node:fs';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Folders whose tests leave nothing behind in their process: one worker loads the modules once for all of its files. */
const SHARED: ReadonlySet<string> = new Set(['unit', 'properties', 'integration']);

/** Each folder of tests, and the seconds that one of its tests and its hooks may take on a slow machine. */
const PROJECTS = {
  unit: 60,
  properties: 120,
  integration: 180,
  e2e: 300,
  browser: 300,
  simulation: 600,
};

/** Seconds that a test of the deep tier may take at least, whatever its folder. */
const DEEP_SECONDS = 600;

/** Files of the deep tier alone. */
const DEEP_ONLY = '**/*.deep.test.ts';

/** The files that run in both tiers, with more rounds in the deep one. */
const filesWithTiers = (folder: string): string[] =>
  globSync(`test/${folder}/**/*.test.ts`).filter((file) => readFileSync(file, 'utf8').includes("/harness/tier.ts'"));

/** The configuration of `npm test` (`quick`) or `npm run test:deep` (`deep`); see docs/testing.md. */
export function configOf(tier: 'quick' | 'deep'): ViteUserConfig {
  const isDeep = tier === 'deep';
  return defineConfig({
    test: {
      projects: Object.entries(PROJECTS).map(([name, seconds]) => {
        const timeoutMilliseconds = (isDeep ? Math.max(seconds, DEEP_SECONDS) : seconds) * 1000;
        return {
          test: {
            name,
            include: isDeep ? [`test/${name}/${DEEP_ONLY}`, ...filesWithTiers(name)] : [`test/${name}/**/*.test.ts`],
            exclude: isDeep ? [] : [DEEP_ONLY],
            provide: { isDeep },
            testTimeout: timeoutMilliseconds,
            hookTimeout: timeoutMilliseconds,
            isolate: !SHARED.has(name),
          },
        };
      }),
      // A filter that matches nothing, or a forgotten `.only`, must not look like success.
      passWithNoTests: false,
      allowOnly: false,
      // By default Vitest leaves one core idle, which is half of a machine with two.
      maxWorkers: '100%',
      // Every core runs a test, so collector threads would only compete with them. A large semi-space makes collections rare.
      execArgv: ['--single-threaded-gc', '--max-semi-space-size=32'],
    },
  });
}

export default configOf('quick');
