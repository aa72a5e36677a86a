import { defineConfig } from 'vitest/config';

/** The tests that mutants are run against: the pure ones, because each of thousands of mutants runs them again. */
export default defineConfig({
  test: {
    include: ['test/unit/domain/**/*.test.ts'],
    testTimeout: 30_000,
  },
});
