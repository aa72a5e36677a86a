import { defineConfig } from 'vitest/config';

/** Folders whose tests leave nothing behind in their process: one loads the modules for all of its files. */
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

export default defineConfig({
  test: {
    projects: Object.entries(PROJECTS).map(([name, timeoutSeconds]) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        testTimeout: timeoutSeconds * 1000,
        hookTimeout: timeoutSeconds * 1000,
        isolate: !SHARED.has(name),
      },
    })),
    // A filter that matches nothing, or a forgotten `.only`, must not look like success.
    passWithNoTests: false,
    allowOnly: false,
    // Vitest leaves one core idle unless told otherwise: of two, that is half.
    maxWorkers: '100%',
    // Every core has a test to run: threads that collect garbage beside it only take turns with it, and seldom is cheaper.
    execArgv: ['--single-threaded-gc', '--max-semi-space-size=32'],
  },
});
