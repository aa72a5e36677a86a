import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, type NamedEndpoint } from '../../contract/endpoints.ts';
import type { Known } from '../harness/arbitrary-request.ts';
import { furnish, fuzz } from '../harness/fuzz.ts';
import { byTier, IS_DEEP } from '../harness/tier.ts';
import { openWorld, type World } from '../harness/world.ts';

/** Requests per route; the long run is `npm run fuzz -- --count 10000`. */
const COUNT = Number(process.env.FUZZ_COUNT ?? byTier({ quick: 4, deep: 300 }));
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

let world: World;
let known: Known;
beforeAll(async () => {
  world = await openWorld();
  known = await furnish(world);
  console.info(`FUZZ_SEED=${SEED}`);
});
afterAll(() => world.close());

/** The routes of events come last: they register endpoints, to which every later change would be sent. */
const isOfEvents = ({ path }: NamedEndpoint): boolean => path.startsWith('/event-endpoints');
const ROUTES = [...ENDPOINTS].sort((one, other) => +isOfEvents(one) - +isOfEvents(other));

describe(`${COUNT} generated requests per route`, () => {
  it.each(ROUTES.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
    'generated requests at %s get no server error, and each refusal is a problem document',
    async (_, endpoint) => {
      const { sent, faults, statuses } = await fuzz(world.vendor, endpoint, known, { count: COUNT, seed: SEED });
      expect(sent).toBe(COUNT);
      expect(faults, `FUZZ_SEED=${SEED}`).toEqual([]);
      // Too few requests to expect that one of them is valid.
      if (!IS_DEEP) return;
      // Some requests get past authentication and validation.
      const inside = Object.entries(statuses).filter(([status]) => !['400', '401', '413'].includes(status));
      expect(inside, `FUZZ_SEED=${SEED}`).not.toEqual(isSigned(endpoint) ? undefined : []);
    },
    Math.max(60_000, COUNT * 100),
  );
});

/** Requests to raw endpoints are signed as a whole; generated ones never are. */
function isSigned(endpoint: NamedEndpoint): boolean {
  return endpoint.raw === true;
}
