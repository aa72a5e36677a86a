import { randomInt } from 'node:crypto';
import type { Parameters } from 'fast-check';

/** A fresh seed for each run, or the one of an earlier run: `SEED=… npm test -- --project properties`. */
export const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));

/** Settings of a property; the seed stands in the output whether it holds or not. */
export function runs(numRuns: number): Parameters<unknown> {
  return { seed: SEED, numRuns };
}

console.info(`properties of the domain: SEED=${SEED}`);
