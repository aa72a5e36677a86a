/** C1: no honest container is accused, and copies that are used separately are found. */
import { randomInt } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { byTier } from '../harness/tier.ts';
import { type PresenceWorld, playClones, playHonest } from './presence.ts';
import { createHandlersWorld } from './presence-handlers.ts';
import { createPresenceModel } from './presence-model.ts';
import { seededRandom } from './seeded-random.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';

const LARGEST_SEED = 2 ** 32;
afterAll(useSynchronousCrypto());

interface Kind {
  readonly name: string;
  readonly make: () => PresenceWorld | Promise<PresenceWorld>;
  readonly histories: number;
  readonly contacts: number;
  readonly cloned: number;
}

const KINDS: readonly Kind[] = [
  {
    name: 'the rules alone',
    make: createPresenceModel,
    histories: byTier({ quick: 200, deep: 20_000 }),
    contacts: 400,
    cloned: byTier({ quick: 300, deep: 20_000 }),
  },
  {
    name: 'the real handlers',
    make: createHandlersWorld,
    histories: byTier({ quick: 3, deep: 100 }),
    contacts: byTier({ quick: 60, deep: 400 }),
    cloned: byTier({ quick: 5, deep: 300 }),
  },
];

describe.each(KINDS)('presence with $name', ({ make, histories, contacts, cloned }) => {
  test('C1 an honest container is never accused, whatever messages are lost, late, repeated or crossed', async () => {
    const first = randomInt(LARGEST_SEED);
    let leases = 0;
    let late = 0;
    for (let seed = first; seed < first + histories; seed++) {
      const result = await playHonest(await make(), seededRandom(seed), contacts);
      if (result.accusation !== undefined) throw new Error(`seed ${seed}: ${JSON.stringify(result.accusation)}`);
      leases += result.leases;
      late += result.late;
    }
    // The histories contain what could be mistaken for a copy.
    expect(leases).toBeGreaterThan(histories * (contacts / 20));
    expect(late).toBeGreaterThan(histories);
    console.log(`${histories} histories from seed ${first}: ${leases} leases, ${late} late messages, no accusation`);
  });

  test.each([2, 3, 5])(
    'C1 of %i copies that are used separately one is always found, on average after 5 contacts',
    async (copies) => {
      const first = randomInt(LARGEST_SEED);
      const counts: number[] = [];
      for (let seed = first; seed < first + cloned; seed++) {
        const { found } = await playClones(await make(), seededRandom(seed), copies);
        if (found === undefined) throw new Error(`seed ${seed}: ${copies} copies were not found`);
        counts.push(found);
      }
      const average = counts.reduce((sum, each) => sum + each, 0) / counts.length;
      console.log(
        `${copies} copies: found after ${average.toFixed(2)} contacts on average, ${Math.max(...counts)} at most`,
      );
      // The average of a few histories says little.
      if (cloned >= 100) expect(average).toBeLessThan(6);
      expect(Math.max(...counts)).toBeLessThan(40);
    },
  );
});
