/** The smallest world that covers every rule: two containers, one ticket with two licenses, and a vendor. */
import type { Definition } from '../../cdk/read-template.ts';
import type { EndpointName } from '../../contract/endpoints.ts';
import { digestOf, type Wishes } from '../../protocol/index.ts';
import { applyToHolding, contextOfHolding, newHolding, type TestHolding } from '../harness/holding.ts';
import type { Fault } from './faults.ts';
import { type Identity, identity } from './identities.ts';
import { type Invariants, Violation, watchInvariants } from './invariants.ts';
import { DAYS_21 } from './run.ts';
import type { SchedulerOptions } from './scheduler.ts';
import { seededRandom } from './seeded-random.ts';
import { createWorld, type HttpRequest, type Reply, type World } from './world.ts';

export interface FixtureCustomer {
  readonly identity: Identity;
  holding: TestHolding;
  contexts: number;
}

export interface Fixture {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customers: readonly FixtureCustomer[];
  readonly licenses: readonly string[];
  readonly ticket: string;
}

const CUSTOMERS = [0, 1] as const;
const LICENSES = 2;
const LOCK_IS_OLD_MILLISECONDS = 6_000;
const WAIT_SECONDS = 10;

export async function openFixture(definition: Definition, options: SchedulerOptions = {}): Promise<Fixture> {
  const world = await createWorld({ definition, seed: 1, ...options });
  const invariants = watchInvariants(world.table);
  const customers = await Promise.all(
    CUSTOMERS.map(async (number) => {
      const own = await identity(number);
      return { identity: own, holding: newHolding(own.serial, world.keySets), contexts: 0 };
    }),
  );
  const fixture = { world, invariants, customers, licenses: [], ticket: '' };
  await done(fixture, () => world.http({ name: 'putProduct', params: { code: 'basic' }, body: { name: 'basic' } }));
  const items = [{ product: 'basic', quantity: LICENSES }];
  const ordered = await done(fixture, () =>
    world.http({ name: 'createOrder', params: {}, body: { orderId: 'order', items, allowExpired: true } }),
  );
  if (ordered.kind === 'lost') throw new Error('The order was lost');
  const licenses = (ordered.body['licenses'] as { id: string }[]).map(({ id }) => id);
  return { ...fixture, licenses, ticket: String(ordered.body['ticket']) };
}

/** Runs an action until only waits are left. */
export async function done<Result>(
  { world }: Pick<Fixture, 'world'>,
  action: () => Promise<Result>,
  faults: readonly Fault[] = [],
): Promise<Result> {
  const result = action();
  // The race below reports a rejection; without this handler, Node would report it as unhandled first.
  result.catch(() => undefined);
  await world.scheduler.run(0, seededRandom(1), faults);
  const never = new Promise<never>((_, reject) =>
    setImmediate(() => setImmediate(() => reject(new Error('The action did not end')))),
  );
  return Promise.race([result, never]);
}

/** A context made now, reported to the invariants as genuine. */
export async function contextOf(
  { customers, invariants }: Fixture,
  number: number,
  wishes: Wishes = {},
): Promise<string> {
  const customer = customerOf(customers, number);
  const { holding, identity: own } = customer;
  customer.contexts += 1;
  invariants.contextSent(own.serial, holding.content.counter, await digestOf(holding.content));
  const jti = `context-${number}-${customer.contexts}`;
  const made = await contextOfHolding(own, holding, { jti, clock: 1, change: { wishes } });
  customer.holding = made.holding;
  return made.text;
}

export interface Manual {
  readonly activate?: readonly number[];
  /** `all`: every license that the container holds. */
  readonly deactivate?: readonly number[] | 'all';
}

/** The request of a container; licenses are named by their places on the ticket. */
export async function reprogramming(
  fixture: Fixture,
  number: number,
  { activate = [], deactivate = [] }: Manual = {},
): Promise<HttpRequest> {
  const { content } = customerOf(fixture.customers, number).holding;
  const wishes = {
    activate: activate.map((index) => ({ ticket: fixture.ticket, license: licenseOf(fixture, index) })),
    deactivate:
      deactivate === 'all'
        ? content.licenses.map(({ id }) => id)
        : deactivate.map((index) => licenseOf(fixture, index)),
  };
  const body = { context: await contextOf(fixture, number, wishes), ...wishes };
  return { name: 'createReprogramming', params: {}, body };
}

export async function receipt(fixture: Fixture, number: number): Promise<HttpRequest> {
  return { name: 'createReceipt', params: {}, body: { context: await contextOf(fixture, number) } };
}

/** A vendor action on one license. */
export function order(fixture: Fixture, name: EndpointName, index: number, container?: number): HttpRequest {
  const license = licenseOf(fixture, index);
  const params = container === undefined ? { license } : { serial: serialOf(fixture, container), license };
  return { name, params, ...(name.startsWith('cancel') ? {} : { body: {} }) };
}

/** Imports the updates in an answer. */
export async function apply(fixture: Fixture, number: number, reply: Reply): Promise<void> {
  if (reply.kind !== 'answer' || reply.status >= 300) return;
  const customer = customerOf(fixture.customers, number);
  const { holding, fault } = await applyToHolding(customer.holding, reply.body);
  if (fault !== undefined) throw new Violation('T1', `an update was refused: ${fault.code}`);
  customer.holding = holding;
}

/** The whole round trip of one container, with its receipt. */
export async function sync(fixture: Fixture, number: number, manual: Manual = {}): Promise<Reply> {
  const request = await reprogramming(fixture, number, manual);
  const reply = await done(fixture, () => fixture.world.http({ ...request, wait: WAIT_SECONDS }));
  await apply(fixture, number, reply);
  const confirmation = await receipt(fixture, number);
  await done(fixture, () => fixture.world.http(confirmation));
  return reply;
}

export function licenseOf({ licenses }: Fixture, index: number): string {
  const id = licenses[index];
  if (id === undefined) throw new RangeError(`There is no license ${index}`);
  return id;
}

export function serialOf({ customers }: Fixture, number: number): string {
  return customerOf(customers, number).identity.serial;
}

/** I1 in the simulated containers themselves. A retired container is not checked. */
export function checkHeldOnce(fixture: Fixture, isRetired: (number: number) => boolean = () => false): void {
  const held = fixture.customers.flatMap(({ holding }, number) =>
    isRetired(number) ? [] : holding.content.licenses.map(({ id }) => id),
  );
  if (new Set(held).size !== held.length) throw new Violation('I1', `a license is in two containers: ${held.join()}`);
}

/** After the last fault: finishes what is still locked, syncs every container, and checks that nothing is left (I8). */
export async function closeFixture(fixture: Fixture): Promise<void> {
  const { world, invariants } = fixture;
  for (const { serial, status } of invariants.locked()) {
    world.scheduler.advance(LOCK_IS_OLD_MILLISECONDS);
    await done(fixture, () =>
      world.http(
        status === 'retiring'
          ? { name: 'retireContainer', params: { serial }, body: { licenses: 'restore', reason: 'again' } }
          : { name: 'pushReprogramming', params: { serial }, wait: WAIT_SECONDS },
      ),
    );
  }
  for (let round = 0; round < 2; round++) for (const number of CUSTOMERS) await sync(fixture, number);
  world.scheduler.advance(DAYS_21);
  await done(fixture, () => Promise.resolve());
  invariants.checkAtRest(true);
  const waiting = world.workflow.running();
  if (waiting.length > 0) throw new Violation('I8', `executions that never end: ${waiting.join(', ')}`);
  const retired = new Set(
    [...invariants.observed()].filter(([, state]) => state.startsWith('retired')).map(([serial]) => serial),
  );
  checkHeldOnce(fixture, (number) => retired.has(serialOf(fixture, number)));
}

function customerOf(customers: readonly FixtureCustomer[], number: number): FixtureCustomer {
  const customer = customers[number];
  if (customer === undefined) throw new RangeError(`There is no container ${number}`);
  return customer;
}
