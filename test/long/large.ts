/** `npm run large`: 1,000 licenses of an order of 2,000, collected and returned by one request each; orders of 2,000 cancelled. */
import { largestCancellations, largestReceipt, largestRoundTrip } from '../harness/large.ts';
import { openWorld } from '../harness/world.ts';

const startedAt = performance.now();
const say = (text: string): void => console.log(`${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${text}`);
const world = await openWorld();
const faults = [
  ...(await largestRoundTrip(world, say)),
  ...(await largestReceipt(world, say)),
  ...(await largestCancellations(world, say)),
];
for (const fault of faults) console.error(fault);
say(`${faults.length} faults`);
await world.close();
process.exitCode = faults.length === 0 ? 0 : 1;
