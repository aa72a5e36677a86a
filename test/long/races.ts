/** `npm run races -- --rounds 1000`: 50 containers race for 5 licenses, again and again (T6). */
import { parseArgs } from 'node:util';
import { RIVALS, raceForSeats, rivalsFor, SEATS } from '../harness/races.ts';
import { openWorld } from '../harness/world.ts';

/** After so many rounds, a new table and new containers, so that neither grows without limit. */
const ROUNDS_IN_A_WORLD = 50;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1000' } } });
const rounds = Number(values.rounds);
const startedAt = performance.now();
let wrong = 0;
for (let done = 0; done < rounds; ) {
  const world = await openWorld();
  const product = await world.product();
  const rivals = await rivalsFor(world);
  for (const last = Math.min(done + ROUNDS_IN_A_WORLD, rounds); done < last; ) {
    done += 1;
    const faults = await raceForSeats(world, product, rivals);
    if (faults.length > 0) wrong += 1;
    for (const fault of faults) console.error(`Round ${done}: ${fault}`);
  }
  await world.close();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`${done} rounds of ${RIVALS} containers for ${SEATS} licenses in ${seconds} s, ${wrong} wrong`);
}
process.exitCode = wrong === 0 ? 0 : 1;
