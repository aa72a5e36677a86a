/** `npm run fuzz -- --count 10000 --seed 1`: generated requests at every route, at one (`--route`), or from one on (`--from`). */
import { parseArgs } from 'node:util';
import { ENDPOINTS, type NamedEndpoint } from '../../contract/endpoints.ts';
import { furnish, fuzz } from '../harness/fuzz.ts';
import { openWorld } from '../harness/world.ts';

/** Requests that are generated and kept in memory at once. */
const BATCH = 500;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    route: { type: 'string' },
    /** The route from which an interrupted run continues. */
    from: { type: 'string' },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
console.log(`${count} requests per route, --seed ${seed}`);
let wrong = 0;
const endpoints: readonly NamedEndpoint[] = ENDPOINTS;
const first = values.from === undefined ? 0 : endpoints.findIndex(({ name }) => name === values.from);
if (first < 0) throw new Error(`There is no endpoint ${values.from}`);
for (const endpoint of endpoints.slice(first)) {
  if (values.route !== undefined && values.route !== endpoint.name) continue;
  // A new world per route, so that one route's effects do not change the next one's.
  const world = await openWorld();
  const known = await furnish(world);
  const statuses: Record<string, number> = {};
  for (let done = 0; done < count; done += BATCH) {
    const result = await fuzz(world.vendor, endpoint, known, {
      count: Math.min(BATCH, count - done),
      seed: seed + done,
    });
    for (const [status, times] of Object.entries(result.statuses)) statuses[status] = (statuses[status] ?? 0) + times;
    for (const fault of result.faults) console.error(fault);
    wrong += result.faults.length;
  }
  console.log(`${endpoint.method} ${endpoint.path}: ${JSON.stringify(statuses)}`);
  await world.close();
}
console.log(`${wrong} wrong answers`);
process.exitCode = wrong === 0 ? 0 : 1;
