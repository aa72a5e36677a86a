/**
 * Every sequence of moves in the smallest world: two containers, two licenses, and at most one crash, one duplicate and
 * one lost message. Each move ends before the next begins; `scenarios.ts` has the concurrent requests.
 */
import type { Definition } from '../../cdk/read-template.ts';
import type { Fault } from './faults.ts';
import { apply, checkHeldOnce, done, type Fixture, openFixture, order, receipt, reprogramming } from './fixture.ts';
import type { HttpRequest } from './world.ts';

const LICENSES = [0, 1] as const;
const CONTAINERS = [0, 1] as const;
/** Each may happen once in a sequence. */
type Mishap = 'crash' | 'duplicate' | 'lost';
/** A crash ends all invocations at one of these calls of its move: in the request, the plan, a step or the issue. */
const CRASH_POINTS = [1, 9, 17, 25] as const;
const WAIT_SECONDS = 10;

interface Move {
  readonly request: (fixture: Fixture) => Promise<HttpRequest>;
  /** The container that imports the answer. */
  readonly container?: number;
  readonly mishap?: Mishap;
  readonly faults?: readonly Fault[];
}

const PLAIN: readonly Move[] = [
  ...CONTAINERS.flatMap((container): Move[] => [
    ...LICENSES.map((license) => ({
      request: (fixture: Fixture) => reprogramming(fixture, container, { activate: [license] }),
      container,
    })),
    { request: (fixture) => reprogramming(fixture, container, { deactivate: 'all' }), container },
    { request: (fixture) => receipt(fixture, container), container },
  ]),
  ...LICENSES.map((license) => ({ request: async (fixture: Fixture) => order(fixture, 'withdrawLicense', license) })),
];

const MOVES: readonly Move[] = [
  ...PLAIN,
  ...PLAIN.flatMap((move) =>
    CRASH_POINTS.map((at): Move => ({ ...move, mishap: 'crash', faults: [{ at, kind: 'restart' }] })),
  ),
  ...PLAIN.map((move): Move => ({ ...move, mishap: 'duplicate' })),
  ...PLAIN.filter(({ container }) => container !== undefined).map((move): Move => ({ ...move, mishap: 'lost' })),
];

export interface SmallWorlds {
  readonly states: number;
  readonly walks: number;
}

/** Walks all sequences of up to `depth` moves. @throws at the first broken invariant. */
export async function walkSmallWorlds(
  definition: Definition,
  depth: number,
  onDepth: (depth: number, found: SmallWorlds) => void,
): Promise<SmallWorlds> {
  const seen = new Set<string>();
  let walks = 0;
  let front: (readonly Move[])[] = [[]];
  for (let moves = 1; moves <= depth; moves++) {
    const next: (readonly Move[])[] = [];
    for (const walk of front) {
      for (const move of MOVES) {
        if (move.mishap !== undefined && walk.some(({ mishap }) => mishap === move.mishap)) continue;
        // A fault in the last move would show only in the moves after it.
        if (moves === depth && move.mishap !== undefined) continue;
        const fixture = await openFixture(definition);
        for (const one of [...walk, move]) await make(fixture, one);
        walks += 1;
        const state = stateOf(fixture, [...walk, move]);
        if (seen.has(state)) continue;
        seen.add(state);
        next.push([...walk, move]);
      }
    }
    onDepth(moves, { states: seen.size, walks });
    front = next;
  }
  return { states: seen.size, walks };
}

async function make(fixture: Fixture, move: Move): Promise<void> {
  const { world, invariants } = fixture;
  const request = { ...(await move.request(fixture)), wait: WAIT_SECONDS };
  const action = async (): Promise<void> => {
    const reply = await world.http(request);
    if (move.container !== undefined && move.mishap !== 'lost') await apply(fixture, move.container, reply);
  };
  await done(fixture, () => Promise.all(move.mishap === 'duplicate' ? [action(), action()] : [action()]), move.faults);
  invariants.checkAtRest(false);
  checkHeldOnce(fixture);
}

/** Two sequences that end in the same state continue in the same way. */
function stateOf({ invariants, customers, world }: Fixture, walk: readonly Move[]): string {
  const states = [...invariants.observed()].map(([name, state]) => `${name}: ${state}`).sort();
  const counters = customers.map(({ holding }) => holding.content.counter);
  const mishaps = walk.flatMap(({ mishap }) => mishap ?? []).sort();
  return JSON.stringify([states, counters, mishaps, world.workflow.running().length]);
}
