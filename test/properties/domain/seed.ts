import { randomInt } from 'node:crypto';
import type { Parameters } from 'fast-check';

/** A new seed for each run, or that of an earlier run: `SEED=… npm test -- --project properties`. */
export const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));

/** The settings of a property, with this run's seed. */
export function runs(numRuns: number): Parameters<unknown> {
  return { seed: SEED, numRuns };
}

console.info(`properties of the domain: SEED=${SEED}`);
