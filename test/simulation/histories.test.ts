import { randomInt } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { add, newTally } from './campaign.ts';
import { synthesizedDefinition } from './definition.ts';
import { historyOf, runHistory } from './history.ts';
import { summaryOf, violationOf } from './report.ts';
import { shrink } from './shrink.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';

/** Shorter histories than `npm run simulate` runs, and therefore more of them. */
const HISTORIES = byTier({ quick: 120, deep: 2_000 });
const STEPS = 12;
const LARGEST_SEED = 2 ** 32;

const definition = await synthesizedDefinition();
afterAll(useSynchronousCrypto());

test('I1 I2 I3 I4 I5 I6 I7 I8 I9 random histories with every fault break no invariant, and the model foresees every answer', async () => {
  const first = randomInt(LARGEST_SEED);
  const started = performance.now();
  const tally = newTally();
  const seconds = (): number => (performance.now() - started) / 1000;
  for (let seed = first; seed < first + HISTORIES; seed++) {
    const history = historyOf(seed, { faults: seed % 4 !== 0, steps: STEPS, containers: 2 + (seed % 2) });
    const result = await runHistory(history, { definition });
    add(tally, { ...result, histories: 1 });
    if (result.violation !== undefined) {
      const options = { steps: STEPS, containers: history.containers };
      throw new Error(`${JSON.stringify(options)} ${violationOf(await shrink(history, { definition }, 60_000))}`);
    }
  }
  console.log(`seed ${first}\n${summaryOf(tally, seconds())}`);
  expect(tally.reprogrammings).toBeGreaterThan(tally.histories / 4);
});

test('one seed is one history: run twice, it has the same answers and commits', async () => {
  for (const seed of [7, 8, 9]) {
    const history = historyOf(seed, { faults: true, steps: STEPS, containers: 3 });
    const one = await runHistory(history, { definition });
    const other = await runHistory(history, { definition });
    expect(other.log).toEqual(one.log);
    expect(other.transactions).toBe(one.transactions);
  }
});
