import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { synthesizedDefinition } from './definition.ts';
import { walk } from './interleavings.ts';
import { SCENARIOS } from './scenarios.ts';
import { walkSmallWorlds } from './small-worlds.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';

const definition = await synthesizedDefinition();
afterAll(useSynchronousCrypto());
// Crashes write errors to the log, which are expected here.
beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue(undefined));
afterEach(() => void vi.restoreAllMocks());

/** `npm run worlds` goes deeper. */
const DEPTH = byTier({ quick: 1, deep: 2 });
const WALKED = byTier({
  quick: ['a license comes back while another container wants it'],
  deep: Object.keys(SCENARIOS),
});

test(`I1 I2 I3 I4 I6 I7 every sequence of ${DEPTH} moves, with a crash, a duplicate and a lost message, keeps the invariants`, async () => {
  const { states } = await walkSmallWorlds(definition, DEPTH, (moves, found) =>
    console.log(`${moves} moves: ${found.states} states, ${found.walks} walks`),
  );
  expect(states).toBeGreaterThan(byTier({ quick: 5, deep: 50 }));
});

test.each(WALKED)(
  'T5 T6 I8 every order of calls, and a crash in every state, keep the invariants: %s',
  async (name) => {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) throw new Error(`There is no scenario ${name}`);
    const { states, orders, crashes } = await walk(definition, scenario, { withCrashes: true });
    console.log(`${name}: ${states} states, ${orders} orders, ${crashes} crashes`);
    expect(states).toBeGreaterThan(40);
    expect(crashes).toBe(states);
  },
);
