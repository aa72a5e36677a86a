/** `npm run bench`: what is measured, and never asserted. */

import { measureWrites } from './engine-writes.ts';
import { measureRoundTrips } from './round-trips.ts';

console.log('Writes of the embedded engine, for each item of a transaction of 100:');
await measureWrites(4, ({ items, cpuMilliseconds, milliseconds }) =>
  console.log(
    `  ${String(items).padStart(6)} items before: ${cpuMilliseconds.toFixed(2)} ms of CPU, ${milliseconds.toFixed(2)} ms`,
  ),
);
console.log('Round trips of a container (activate, apply, receipt) over HTTP:');
await measureRoundTrips([1, 10, 50], ({ atOnce, roundTrips, perSecond, median, slowest }) =>
  console.log(
    `  ${String(atOnce).padStart(3)} at once: ${roundTrips} round trips, ${perSecond.toFixed(0)} a second, median ${median.toFixed(0)} ms, slowest of 20 ${slowest.toFixed(0)} ms`,
  ),
);
