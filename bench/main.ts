/** `npm run bench`: prints measurements and asserts nothing. */
import { measureCheck } from './container-check.ts';
import { measureRoundTrips } from './round-trips.ts';

console.log('A check in a fresh process, beside parsing and writing the same file as JSON:');
await measureCheck([1, 1_000], ({ licenses, baseline, open, first, best, repeated }) =>
  console.log(
    `  ${String(licenses).padStart(5)} licenses: open and first check ${(open + first).toFixed(1)} ms (open ${open.toFixed(1)}, check ${first.toFixed(1)}), at best ${best.toFixed(1)} ms, repeated ${repeated.toFixed(3)} ms; JSON alone ${baseline.toFixed(1)} ms`,
  ),
);
console.log('Round trips of containers (activate, apply, receipt) over HTTP:');
await measureRoundTrips([1, 10, 50], ({ atOnce, roundTrips, perSecond, median, slowest }) =>
  console.log(
    `  ${String(atOnce).padStart(3)} at once: ${roundTrips} round trips, ${perSecond.toFixed(0)} a second, median ${median.toFixed(0)} ms, 95 % within ${slowest.toFixed(0)} ms`,
  ),
);
