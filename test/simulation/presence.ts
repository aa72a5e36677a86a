/**
 * Histories of one container that sends contexts over a network that loses, delays, repeats and crosses messages, and of
 * copies of it that are used separately. The server and the container are given: rules over numbers for many histories
 * (`presence-model.ts`), the real handlers and the real protocol for some (`presence-handlers.ts`).
 */
import type { SeededRandom } from './seeded-random.ts';

/** What the answer to a context says. */
export interface PresenceAnswer {
  /** `divergence` of a refusal. */
  readonly divergence?: string | undefined;
  /** The container takes the answer. */
  readonly body: unknown;
}

/** A request on its way. */
export interface PresenceMessage {
  /** Another context of this container was made later. */
  readonly body: unknown;
}

export interface PresenceContainer {
  /** Makes a context at this time of the container's clock, in seconds since 1970. `toggle`: with a manual action. */
  send(clock: number, request: PresenceRequest): Promise<PresenceMessage>;
  take(answer: PresenceAnswer): Promise<void>;
  /** `jti` of the last lease that the container took. */
  readonly lease: string;
  copy(name: string): PresenceContainer;
}

export type PresenceRequest = 'receipt' | 'sync' | 'renew' | 'toggle';

export interface PresenceWorld {
  readonly container: PresenceContainer;
  /** Lets time pass for the server, in seconds. */
  advance(seconds: number): void;
  /** Seconds since 1970. */
  now(): number;
  deliver(message: PresenceMessage): Promise<PresenceAnswer>;
}

const GAPS_SECONDS = [0, 0, 1, 60, 3_600, 21_600, 86_400, 259_200];
/** A container's clock can be wrong by so many seconds. */
const SKEWS_SECONDS = [0, 0, 0, 1, -1, 3_600, -3_600, -172_800, 172_800, 31_536_000, -31_536_000];
/** Messages that the network keeps for later. */
const MOST_KEPT = 12;

/** The divergence of which an honest container was accused, and the contact. */
export interface Accusation {
  readonly divergence: string;
  readonly contact: number;
}

export interface HonestResult {
  readonly accusation?: Accusation;
  /** Leases that the container took. */
  readonly leases: number;
  /** Answers that refused an old message as late, which accuses nobody. */
  readonly late: number;
}

/** Plays an honest container. Each contact is a context that reaches the server. */
export async function playHonest(world: PresenceWorld, random: SeededRandom, contacts: number): Promise<HonestResult> {
  const { container } = world;
  const requests: PresenceMessage[] = [];
  const answers: PresenceAnswer[] = [];
  const taken = new Set<string>();
  let late = 0;
  let skew = 0;
  let accusation: Accusation | undefined;
  let made = 0;

  const take = async (answer: PresenceAnswer): Promise<void> => {
    await container.take(answer);
    taken.add(container.lease);
  };
  const arrive = async (message: PresenceMessage): Promise<void> => {
    made += 1;
    const answer = await world.deliver(message);
    if (answer.divergence === 'late') late += 1;
    else if (answer.divergence !== undefined) accusation ??= { divergence: answer.divergence, contact: made };
    const fate = random.below(10);
    if (fate < 6) await take(answer);
    if (fate >= 4 && fate < 8) keep(answers, answer, random);
  };

  while (made < contacts && accusation === undefined) {
    world.advance(random.pick(GAPS_SECONDS));
    if (random.chance(0.02)) skew = random.pick(SKEWS_SECONDS);
    const dice = random.below(100);
    if (dice < 15 && requests.length > 0) await arrive(takeOne(requests, random));
    else if (dice < 30 && answers.length > 0) await take(takeOne(answers, random));
    else {
      const message = await container.send(Math.max(world.now() + skew, 0), requestOf(random));
      const fate = random.below(10);
      // Lost, delayed, delivered, or delivered now and once more later.
      if (fate >= 1 && fate < 4) keep(requests, message, random);
      if (fate >= 3) await arrive(message);
    }
  }
  // After that no message is lost: the container gets the lease that it asks for.
  for (let round = 0; round < 3 && accusation === undefined; round++) await settle(world, skew);
  const before = container.lease;
  if (accusation === undefined) await settle(world, skew);
  if (accusation === undefined && container.lease === before) accusation = { divergence: 'no lease', contact: made };
  return { leases: taken.size, late, ...(accusation === undefined ? {} : { accusation }) };
}

/** A whole round trip: the answer, a receipt, and a lease. */
async function settle(world: PresenceWorld, skew: number): Promise<void> {
  for (const request of ['sync', 'receipt', 'renew'] as const) {
    world.advance(1);
    const message = await world.container.send(Math.max(world.now() + skew, 0), request);
    await world.container.take(await world.deliver(message));
  }
}

const requestOf = (random: SeededRandom): PresenceRequest => {
  const dice = random.below(20);
  if (dice < 10) return 'sync';
  if (dice < 14) return 'receipt';
  return dice < 17 ? 'renew' : 'toggle';
};

function keep<Item>(items: Item[], item: Item, random: SeededRandom): void {
  if (items.length >= MOST_KEPT) items.splice(random.below(items.length), 1);
  items.push(item);
}

/** Takes one out; one in three stays and arrives again. */
function takeOne<Item>(items: Item[], random: SeededRandom): Item {
  const index = random.below(items.length);
  const item = items[index] as Item;
  if (!random.chance(1 / 3)) items.splice(index, 1);
  return item;
}

/** Contacts after which copies must have been found. */
const MOST_CONTACTS = 200;
/** A lease is due after so many seconds: a quarter of `LEASE_DAYS`. */
const DUE_SECONDS = 43_200;
export const LEASE_DAYS = 2;

async function roundTrip(world: PresenceWorld, request: PresenceRequest): Promise<void> {
  const message = await world.container.send(world.now(), request);
  await world.container.take(await world.deliver(message));
}

export interface ClonesResult {
  /** Contacts of all copies until one is refused as diverged; `undefined` if none was. */
  readonly found: number | undefined;
}

/** Plays copies that are used separately, each contact by one of them at random. Some answers are lost. */
export async function playClones(world: PresenceWorld, random: SeededRandom, copies: number): Promise<ClonesResult> {
  // A container without licenses gets no lease.
  for (const request of ['toggle', 'receipt'] as const) await roundTrip(world, request);
  for (let contacts = random.below(6); contacts >= 0; contacts--) {
    world.advance(DUE_SECONDS + 1 + random.below(86_400));
    await roundTrip(world, 'sync');
  }
  const all = [world.container, ...Array.from({ length: copies - 1 }, (_, index) => world.container.copy(`${index}`))];
  for (let contact = 1; contact <= MOST_CONTACTS; contact++) {
    world.advance(DUE_SECONDS + 1 + random.below(86_400));
    const copy = random.pick(all);
    const answer = await world.deliver(await copy.send(world.now(), 'sync'));
    if (answer.divergence !== undefined && answer.divergence !== 'late') return { found: contact };
    if (!random.chance(0.1)) await copy.take(answer);
  }
  return { found: undefined };
}
