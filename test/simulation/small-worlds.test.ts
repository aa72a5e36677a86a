import { afterAll, expect, test } from 'vitest';
import { applyUpdates, type Content, createContext, digestOf, EMPTY_CONTENT } from '../../protocol/index.ts';
import { synthesizedDefinition } from './definition.ts';
import type { Fault } from './faults.ts';
import { type Identity, identity } from './identities.ts';
import { type Invariants, watchInvariants } from './invariants.ts';
import { seededRandom } from './seeded-random.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import { createWorld, type HttpRequest, type World } from './world.ts';

const definition = await synthesizedDefinition();
afterAll(useSynchronousCrypto());

/** How many moves deep the world is walked; every shorter walk is in it. */
const DEPTH = 3;
const LICENSES = [0, 1] as const;
const CONTAINERS = [0, 1] as const;
/** Each may happen once in a walk. */
const MISHAPS = ['crash', 'duplicate', 'lost'] as const;
type Mishap = (typeof MISHAPS)[number];
/** A crash ends everything that runs, at one of these calls of its move: in the request, in the plan, in a step, in the issue. */
const CRASH_POINTS = [1, 9, 17, 25] as const;

interface Move {
  readonly name: string;
  readonly container?: number;
  readonly license?: number;
  readonly mishap?: Mishap;
  readonly faults?: readonly Fault[];
}

const PLAIN: readonly Move[] = [
  ...CONTAINERS.flatMap((container) => [
    ...LICENSES.map((license) => ({ name: 'activate', container, license })),
    { name: 'deactivate', container },
    { name: 'receipt', container },
  ]),
  ...LICENSES.map((license) => ({ name: 'withdraw', license })),
];

const restart = (at: number): Fault => ({ at, kind: 'restart' });

const MOVES: readonly Move[] = [
  ...PLAIN,
  ...PLAIN.flatMap((move) => CRASH_POINTS.map((at) => ({ ...move, mishap: 'crash' as const, faults: [restart(at)] }))),
  ...PLAIN.map((move) => ({ ...move, mishap: 'duplicate' as const })),
  ...PLAIN.filter(({ container }) => container !== undefined).map((move) => ({ ...move, mishap: 'lost' as const })),
];

interface SmallWorld {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customers: readonly { readonly identity: Identity; content: Content }[];
  readonly licenses: readonly string[];
  readonly ticket: string;
}

const newSmallWorld = async (): Promise<SmallWorld> => {
  const world = await createWorld({ definition, seed: 1 });
  const invariants = watchInvariants(world.table);
  const customers = await Promise.all(
    CONTAINERS.map(async (number) => ({ identity: await identity(number), content: EMPTY_CONTENT })),
  );
  await settled(world, world.http({ name: 'putProduct', params: { code: 'basic' }, body: {} }), []);
  const items = [{ product: 'basic', quantity: LICENSES.length }];
  const ordered = world.http({ name: 'createOrder', params: {}, body: { orderId: 'order', items } });
  await settled(world, ordered, []);
  const reply = await ordered;
  if (reply.kind === 'lost') throw new Error('The order was lost');
  const licenses = (reply.body['licenses'] as { id: string }[]).map(({ id }) => id);
  return { world, invariants, customers, licenses, ticket: String(reply.body['ticket']) };
};

const settled = async (world: World, work: Promise<unknown>, faults: readonly Fault[]): Promise<void> => {
  await world.scheduler.run(0, seededRandom(1), faults);
  await Promise.race([work, new Promise((resolve) => setImmediate(resolve))]);
};

const perform = async (small: SmallWorld, move: Move): Promise<void> => {
  const { world, customers } = small;
  const customer = move.container === undefined ? undefined : customers[move.container];
  const request = await requestOf(small, move);
  const act = async (): Promise<void> => {
    const reply = await world.http(request);
    const updates = reply.kind === 'answer' && reply.status < 300 ? reply.body['updates'] : undefined;
    if (customer === undefined || updates === undefined || move.mishap === 'lost') return;
    const applied = await applyUpdates(customer.content, customer.identity.serial, { updates }, [world.vendor.jwk]);
    if (!applied.ok) throw new Error(`An update was refused: ${applied.code}`);
    customer.content = applied.content;
  };
  let failure: unknown;
  const keep = (error: unknown): void => {
    failure = error;
  };
  const acts = move.mishap === 'duplicate' ? [act(), act()] : [act()];
  await settled(world, Promise.all(acts.map((one) => one.catch(keep))), move.faults ?? []);
  if (failure !== undefined) throw failure;
  small.invariants.checkAtRest(false);
  const held = customers.flatMap(({ content }) => content.licenses.map(({ id }) => id));
  expect(new Set(held).size, 'a license is in two containers').toBe(held.length);
};

const requestOf = async (small: SmallWorld, { name, container, license }: Move): Promise<HttpRequest> => {
  const id = small.licenses[license ?? 0] ?? '';
  const customer = small.customers[container ?? 0];
  if (container === undefined || customer === undefined)
    return { name: 'withdrawLicense', params: { license: id }, body: {} };
  const { content, identity: own } = customer;
  const position = { counter: content.counter, digest: await digestOf(content) };
  small.invariants.contextSent(own.serial, position.counter, position.digest);
  const context = await createContext({ ...own, ...position, jti: `${name}-${license}-${position.counter}`, iat: 1 });
  if (name === 'receipt') return { name: 'createReceipt', params: {}, body: { context } };
  const manual =
    name === 'activate'
      ? { activate: [{ ticket: small.ticket, license: id }] }
      : { deactivate: content.licenses.map((one) => one.id) };
  return { name: 'createReprogramming', params: {}, body: { context, ...manual }, wait: 10 };
};

/** Two walks that end in the same state go on in the same way. */
const stateOf = ({ invariants, customers, world }: SmallWorld, walk: readonly Move[]): string => {
  const states = [...invariants.observed()].map(([name, state]) => `${name}: ${state}`).sort();
  const counters = customers.map(({ content }) => content.counter);
  const mishaps = walk.flatMap(({ mishap }) => mishap ?? []).sort();
  return JSON.stringify([states, counters, mishaps, world.workflow.running().length]);
};

test('every walk through a world of two containers and two licenses, with a crash, a duplicate and a lost message, keeps the invariants', async () => {
  const silenced = console.error;
  console.error = () => undefined;
  try {
    const seen = new Set<string>();
    let walks = 0;
    let front: (readonly Move[])[] = [[]];
    for (let depth = 0; depth < DEPTH; depth++) {
      const next: (readonly Move[])[] = [];
      for (const walk of front) {
        for (const move of MOVES) {
          if (move.mishap !== undefined && walk.some(({ mishap }) => mishap === move.mishap)) continue;
          // A mishap in the last move would show only in the moves after it.
          if (depth === DEPTH - 1 && move.mishap !== undefined) continue;
          const small = await newSmallWorld();
          for (const one of walk) await perform(small, one);
          await perform(small, move);
          walks += 1;
          const state = stateOf(small, [...walk, move]);
          if (seen.has(state)) continue;
          seen.add(state);
          next.push([...walk, move]);
        }
      }
      console.log(`${depth + 1} moves: ${seen.size} states, ${walks} walks`);
      front = next;
    }
    expect(seen.size).toBeGreaterThan(50);
  } finally {
    console.error = silenced;
  }
});
