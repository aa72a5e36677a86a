/**
 * `npm run large`: 1,000 licenses of an order of 2,000, collected and returned by one request each; all of them confirmed by one receipt; a chain of updates
 * that one answer cannot hold; orders of 2,000 cancelled.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largestCancellations, largestReceipt, largestRoundTrip, longestChain } from '../harness/large.ts';
import { openWorld } from '../harness/world.ts';

const startedAt = performance.now();
const say = (text: string): void => console.log(`${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${text}`);
const world = await openWorld();
const folder = mkdtempSync(join(tmpdir(), 'relicense-large-'));
const faults = [
  ...(await largestRoundTrip(world, say)),
  ...(await largestReceipt(world, say)),
  ...(await longestChain(world, folder, say)),
  ...(await largestCancellations(world, say)),
];
for (const fault of faults) console.error(fault);
say(`${faults.length} faults`);
await world.close();
rmSync(folder, { recursive: true, force: true });
process.exitCode = faults.length === 0 ? 0 : 1;
