import { defineConfig } from 'vitest/config';

/** The tests that mutants are run against: the pure ones, because each of thousands of mutants runs them again. */
export default defineConfig({
  test: {
    include: ['test/unit/domain/**/*.test.ts', 'test/unit/protocol/**/*.test.ts'],
    // It flips thousands of bits in each test; what it finds the others find for one bit of each kind.
    exclude: ['test/unit/protocol/attacks.test.ts'],
    testTimeout: 60_000,
  },
});
