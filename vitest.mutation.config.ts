import { defineConfig } from 'vitest/config';

/** The tests that mutants are run against: the pure ones, because each of thousands of mutants runs them again. */
export default defineConfig({
  test: {
    include: ['test/unit/domain/**/*.test.ts', 'test/unit/protocol/**/*.test.ts'],
    testTimeout: 60_000,
    // Code with every mutant in it is slower than the code that is shipped.
    env: { CPU_MILLISECONDS: '2000' },
  },
});
