/** A vendor who sends bulk orders, and a customer whose container has some of the licenses. */
import type { BulkExecution, BulkTaskResult } from '../../contract/tasks.ts';
import { digestOf, type Wishes } from '../../protocol/index.ts';
import { applyToHolding, contextOfHolding, newHolding, type TestHolding } from '../harness/holding.ts';
import { synthesizedDefinition } from './definition.ts';
import type { Fault, PlacedCall } from './faults.ts';
import { type Identity, identity } from './identities.ts';
import { type Invariants, watchInvariants } from './invariants.ts';
import { seededRandom } from './seeded-random.ts';
import { createWorld, type HttpRequest, type World } from './world.ts';

const MOST_TRIES = 20;
/** Longer than a request under an `Idempotency-Key` is presumed to be running. */
const LATER_MILLISECONDS = 61_000;

export interface Fixture {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customer: Identity;
  holding: TestHolding;
}

/** Runs an action with these faults until only waits are left. `seed` decides the order of concurrent invocations. */
export const perform = async (
  fixture: Fixture,
  action: () => Promise<void>,
  faults: readonly Fault[] = [],
  seed = 1,
): Promise<readonly PlacedCall[]> => {
  const { scheduler } = fixture.world;
  let failure: unknown;
  let isDone = false;
  void action().then(
    () => {
      isDone = true;
    },
    (error: unknown) => {
      failure = error;
    },
  );
  await scheduler.run(0, seededRandom(seed), faults);
  if (failure !== undefined) throw failure;
  if (!isDone) throw new Error('The action did not end');
  return scheduler.callsOfRun();
};

/** Repeats a request until it is answered. */
export const ask = async (fixture: Fixture, request: HttpRequest): Promise<Readonly<Record<string, unknown>>> => {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const reply = await fixture.world.http(request);
    if (reply.kind === 'answer' && reply.status < 400) return reply.body;
    const mayBeAskedAgain = reply.kind === 'lost' || reply.status >= 500 || reply.status === 429;
    if (!mayBeAskedAgain && reply.body['code'] !== 'idempotency-key-in-use') {
      throw new Error(`${request.name} was refused: ${JSON.stringify(reply.body)}`);
    }
    fixture.world.scheduler.advance(LATER_MILLISECONDS);
  }
  throw new Error(`${request.name} was never answered`);
};

/**
 * One customer's order. In a container: an add-on and its base license, and a base license whose add-on is of a second
 * order. Further licenses: one assigned, one returned without a receipt, one with a pending replacement, and two
 * available.
 */
export const newFixture = async (): Promise<Fixture> => {
  const world = await createWorld({ definition: await synthesizedDefinition(), seed: 1 });
  const customer = await identity(0);
  const fixture: Fixture = {
    world,
    invariants: watchInvariants(world.table),
    customer,
    holding: newHolding(customer.serial, world.keySets),
  };
  await perform(fixture, async () => {
    for (const [code, requires] of Object.entries({ basic: [], addon: ['basic'], other: [], kept: ['other'] })) {
      await ask(fixture, { name: 'putProduct', params: { code }, body: { name: code, requires } });
    }
    await sell(fixture, 'first', { basic: 4, addon: 1, other: 2 });
    await sell(fixture, 'second', { kept: 1 });
  });
  const [b0 = '', b1 = '', b2 = '', , addon = '', o0 = ''] = licensesOf(fixture, 'first');
  const [kept = ''] = licensesOf(fixture, 'second');
  await reprogram(fixture, [b0, b1, addon, o0, kept], []);
  await reprogram(fixture, [], [b1]);
  await perform(fixture, async () => {
    const { serial } = fixture.customer;
    await ask(fixture, { name: 'assignLicense', params: { serial, license: b2 }, body: {} });
    await ask(fixture, { name: 'replaceLicense', params: { license: addon }, body: {} });
  });
  return fixture;
};

export const sell = async (
  fixture: Fixture,
  orderId: string,
  products: Readonly<Record<string, number>>,
): Promise<void> => {
  const items = Object.entries(products).map(([product, quantity]) => ({ product, quantity }));
  await ask(fixture, { name: 'createOrder', params: {}, body: { orderId, customer: 'customer', items } });
};

export const licensesOf = ({ world }: Fixture, order: string): string[] =>
  ticketOf(world, order).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));

const ticketOf = (world: World, order: string) =>
  world.table.partition(`TICKET#${String(world.table.get(`ORDER#${order}`, 'ORDER')?.['ticket'])}`);

const contextOf = async (fixture: Fixture, jti: string, wishes: Wishes): Promise<string> => {
  const { customer, holding, invariants } = fixture;
  invariants.contextSent(customer.serial, holding.content.counter, await digestOf(holding.content));
  const made = await contextOfHolding(customer, holding, { jti, clock: 1, change: { wishes } });
  fixture.holding = made.holding;
  return made.text;
};

export const reprogram = async (
  fixture: Fixture,
  activate: readonly string[],
  deactivate: readonly string[],
): Promise<void> => {
  const { world } = fixture;
  const tickets = new Map(world.table.all().map((item) => [String(item['id']), String(item['ticket'])]));
  const wishes = { activate: activate.map((license) => ({ license, ticket: tickets.get(license) })), deactivate };
  const jti = `context-${activate.length}-${deactivate.length}`;
  const body = { context: await contextOf(fixture, jti, wishes), ...wishes };
  await perform(fixture, async () => {
    const response = await ask(fixture, { name: 'createReprogramming', params: {}, body, wait: 10 });
    const { holding, fault } = await applyToHolding(fixture.holding, response);
    if (fault !== undefined) throw new Error(`An update was refused: ${fault.code}`);
    fixture.holding = holding;
  });
};

/** The request that activates these licenses. */
export const activation = async (fixture: Fixture, licenses: readonly string[]): Promise<HttpRequest> => {
  const tickets = new Map(fixture.world.table.all().map((item) => [String(item['id']), String(item['ticket'])]));
  const wishes = { activate: licenses.map((license) => ({ license, ticket: tickets.get(license) })), deactivate: [] };
  const context = await contextOf(fixture, 'context-beside', wishes);
  return { name: 'createReprogramming', params: {}, body: { context, ...wishes }, wait: 10 };
};

/** Sends the bulk order. @returns its id. */
export const give = async (fixture: Fixture, body: object): Promise<string> =>
  String((await ask(fixture, { name: 'createBulkOrder', params: {}, body, key: 'once' }))['id']);

/** Runs its tasks as the state machine does: a failed task is retried. */
export const carryOut = async (fixture: Fixture, first: BulkExecution): Promise<void> => {
  let task: 'Select' | 'Order' = 'Select';
  let input = first;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const result = await fixture.world.startBulkTask({ task, input });
    if (result.kind === 'failed') continue;
    const round = result.value as BulkTaskResult;
    if (round.status === 'ended') return;
    if (round.status === 'selected') task = 'Order';
    input = round;
  }
  throw new Error('The bulk order does not end');
};
