/** `npm run races -- --rounds 1000`: 50 containers for 5 licenses, again and again (T6). */
import { parseArgs } from 'node:util';
import { RIVALS, raceForSeats, rivalsFor, SEATS } from '../harness/races.ts';
import { openWorld } from '../harness/world.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1000' } } });
const rounds = Number(values.rounds);
const world = await openWorld();
const product = await world.product();
const startedAt = performance.now();
let rivals = await rivalsFor(world);
let wrong = 0;
for (let round = 1; round <= rounds; round++) {
  // Fresh ones from time to time, so that no container grows without end.
  if (round % 100 === 0) rivals = await rivalsFor(world);
  const faults = await raceForSeats(world, product, rivals);
  if (faults.length > 0) wrong += 1;
  for (const fault of faults) console.error(`Round ${round}: ${fault}`);
  if (round % 25 === 0 || round === rounds) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(`${round} rounds of ${RIVALS} containers for ${SEATS} licenses in ${seconds} s, ${wrong} wrong`);
  }
}
await world.close();
process.exitCode = wrong === 0 ? 0 : 1;
