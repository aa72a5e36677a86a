import { afterAll, expect, test } from 'vitest';
import { digestOf, type Wishes } from '../../protocol/index.ts';
import { applyToHolding, contextOfHolding, newHolding, type TestHolding } from '../harness/holding.ts';
import { byTier } from '../harness/tier.ts';
import { synthesizedDefinition } from './definition.ts';
import { ERRORS, everyFault, type Fault, type FaultKind, type PlacedCall, STOPS } from './faults.ts';
import { type Identity, identity } from './identities.ts';
import { type Invariants, watchInvariants } from './invariants.ts';
import { DAYS_21 } from './run.ts';
import { seededRandom } from './seeded-random.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import { createWorld, type HttpRequest, type Reply, type World } from './world.ts';

const definition = await synthesizedDefinition();
afterAll(useSynchronousCrypto());

const PRODUCTS = ['basic', 'addon'] as const;
const MOST_TRIES = 10;
const LOCK_IS_OLD_MILLISECONDS = 6_000;

/** One customer and the vendor, who repeat a request that is not answered. */
interface Fixture {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customer: Identity;
  holding: TestHolding;
  licenses: string[];
  ticket: string;
  contexts: number;
}

type Action = (fixture: Fixture) => Promise<void>;

const newFixture = async (): Promise<Fixture> => {
  const world = await createWorld({ definition, seed: 1 });
  const invariants = watchInvariants(world.table);
  const customer = await identity(0);
  const fixture = {
    world,
    invariants,
    customer,
    holding: newHolding(customer.serial, world.keySets),
    licenses: [],
    ticket: '',
    contexts: 0,
  };
  for (const code of PRODUCTS) {
    const requires = code === 'addon' ? ['basic'] : [];
    await perform(
      fixture,
      async () => void (await ask(fixture, { name: 'putProduct', params: { code }, body: { name: code, requires } })),
      [],
    );
  }
  return fixture;
};

/** Runs an action with these faults until only waits are left. */
const perform = async (fixture: Fixture, action: Action, faults: readonly Fault[]): Promise<void> => {
  const { scheduler } = fixture.world;
  let failure: unknown;
  let isDone = false;
  const running = action(fixture).then(
    () => {
      isDone = true;
    },
    (error: unknown) => {
      failure = error;
    },
  );
  await scheduler.run(0, seededRandom(1), faults);
  const calls = scheduler.callsOfRun().length;
  await Promise.race([running, new Promise((resolve) => setImmediate(resolve))]);
  if (failure !== undefined) throw failure;
  if (!isDone) throw new Error(`The action did not end within ${calls} calls`);
};

/** Refused for good, not just for now. */
const isRefusal = (reply: Reply): reply is Reply & { kind: 'answer' } =>
  reply.kind === 'answer' && reply.status >= 400 && reply.status < 500 && reply.status !== 429;

/** Repeats a request until it is answered. */
const ask = async ({ world }: Fixture, request: HttpRequest): Promise<Reply & { kind: 'answer' }> => {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const reply = await world.http(request);
    if (reply.kind === 'answer' && reply.status < 400) return reply;
    if (isRefusal(reply) && reply.body['code'] !== 'reprogramming-in-flight') {
      throw new Error(`${request.name} was refused: ${JSON.stringify(reply.body)}`);
    }
    // A stopped execution leaves its lock, which the server checks after some seconds.
    world.scheduler.advance(LOCK_IS_OLD_MILLISECONDS);
  }
  throw new Error(`${request.name} was never answered`);
};

const order: Action = async (fixture) => {
  const items = [{ product: 'basic', quantity: 5 }, { product: 'addon' }];
  const reply = await ask(fixture, {
    name: 'createOrder',
    params: {},
    body: { orderId: 'order', items, allowExpired: true },
  });
  fixture.licenses = (reply.body['licenses'] as { id: string }[]).map(({ id }) => id);
  fixture.ticket = String(reply.body['ticket']);
};

const license = (fixture: Fixture, index: number): string => fixture.licenses[index] ?? '';

const contextOf = async (fixture: Fixture, wishes: Wishes = {}): Promise<string> => {
  const { customer, holding, invariants } = fixture;
  fixture.contexts += 1;
  invariants.contextSent(customer.serial, holding.content.counter, await digestOf(holding.content));
  const jti = `context-${fixture.contexts}`;
  const made = await contextOfHolding(customer, holding, { jti, clock: 1, change: { wishes } });
  fixture.holding = made.holding;
  return made.text;
};

/** Activates and deactivates licenses by their places in the order, and imports the updates. */
const reprogram =
  (activate: readonly number[], deactivate: readonly number[] = []): Action =>
  async (fixture) => {
    const wishes = {
      activate: activate.map((index) => ({ ticket: fixture.ticket, license: license(fixture, index) })),
      deactivate: deactivate.map((index) => license(fixture, index)),
    };
    const body = { context: await contextOf(fixture, wishes), ...wishes };
    const { body: response } = await ask(fixture, { name: 'createReprogramming', params: {}, body, wait: 10 });
    await importAnswer(fixture, response);
  };

const importAnswer = async (fixture: Fixture, answer: object): Promise<void> => {
  const { holding, fault } = await applyToHolding(fixture.holding, answer);
  if (fault !== undefined) throw new Error(`An update was refused: ${fault.code}`);
  fixture.holding = holding;
};

const receipt: Action = async (fixture) => {
  await ask(fixture, { name: 'createReceipt', params: {}, body: { context: await contextOf(fixture) } });
};

const push: Action = async (fixture) => {
  const { serial } = fixture.customer;
  const { body } = await ask(fixture, { name: 'pushReprogramming', params: { serial }, wait: 10 });
  await importAnswer(fixture, body);
};

const onLicense =
  (name: 'withdrawLicense' | 'replaceLicense' | 'cancelWithdrawal' | 'cancelReplacement', index: number): Action =>
  async (fixture) => {
    const body = name === 'withdrawLicense' || name === 'replaceLicense' ? { body: { reason: 'so' } } : {};
    const request: HttpRequest = { name, params: { license: license(fixture, index) }, ...body };
    const { world } = fixture;
    // After a lost answer of a cancellation, its repetition may be refused because the first one succeeded.
    const first = await world.http(request);
    if (first.kind === 'answer' && first.status < 400) return;
    if (isRefusal(first)) throw new Error(`${name}: ${JSON.stringify(first.body)}`);
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const again = await world.http(request);
      if (again.kind === 'answer' && again.status < 400) return;
      if (!isRefusal(again)) continue;
      if (['not-found', 'license-final'].includes(String(again.body['code']))) return;
      throw new Error(`${name} again: ${JSON.stringify(again.body)}`);
    }
    throw new Error(`${name} was never answered`);
  };

const assignment =
  (name: 'assignLicense' | 'cancelAssignment', index: number): Action =>
  async (fixture) => {
    const params = { serial: fixture.customer.serial, license: license(fixture, index) };
    const request: HttpRequest = { name, params, ...(name === 'assignLicense' ? { body: {} } : {}) };
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const reply = await fixture.world.http(request);
      if (reply.kind === 'answer' && reply.status < 400) return;
      if (!isRefusal(reply)) continue;
      if (attempt > 0 && reply.body['code'] === 'not-found') return;
      throw new Error(`${name}: ${JSON.stringify(reply.body)}`);
    }
  };

const retire =
  (licenses: 'withdraw' | 'restore'): Action =>
  async (fixture) => {
    const { serial } = fixture.customer;
    await ask(fixture, { name: 'retireContainer', params: { serial }, body: { licenses, reason: 'gone' } });
  };

const withdraw = (index: number): Action => onLicense('withdrawLicense', index);
const replace = (index: number): Action => onLicense('replaceLicense', index);
const assign = (index: number): Action => assignment('assignLicense', index);
const held: readonly Action[] = [order, reprogram([0, 1, 2, 5]), receipt];

/** Every kind of pending action, in a container that holds confirmed licenses. */
const allFive: readonly Action[] = [...held, withdraw(0), assign(3), replace(1)];

/** The actions before, and the action with the fault. */
const PATHS: Readonly<Record<string, readonly [readonly Action[], Action]>> = {
  'an order': [[], order],
  'a withdrawal of an available license': [[order], withdraw(0)],
  'a withdrawal of a license in a container': [held, withdraw(1)],
  'a withdrawal of a license that is being returned': [[...held, reprogram([], [1])], withdraw(1)],
  'a withdrawal after a replacement': [[...held, replace(1)], withdraw(1)],
  'the cancellation of a withdrawal': [[...held, withdraw(1)], onLicense('cancelWithdrawal', 1)],
  'a replacement of an available license': [[order], replace(0)],
  'a replacement of a license in a container': [held, replace(1)],
  'the cancellation of a replacement': [[...held, replace(1)], onLicense('cancelReplacement', 1)],
  'an assignment': [[order], assign(3)],
  'the cancellation of an assignment': [[order, assign(3)], assignment('cancelAssignment', 3)],
  'a reprogramming that withdraws': [[...held, withdraw(1)], reprogram([])],
  'a reprogramming that deactivates': [held, reprogram([], [1])],
  'a reprogramming that assigns': [[...held, assign(3)], reprogram([])],
  'a reprogramming that replaces': [[...held, replace(1)], reprogram([])],
  'a reprogramming that activates': [[order], reprogram([0, 5])],
  'a reprogramming of all five steps': [allFive, reprogram([4], [2])],
  'a reprogramming that drops the manual actions': [[...held, withdraw(1)], reprogram([4], [1])],
  'a push': [allFive, push],
  'a receipt': [[...allFive, reprogram([4], [2])], receipt],
  'a receipt for two updates': [[order, reprogram([0, 1]), reprogram([2], [1])], receipt],
  'a receipt that ends the return of an earmarked license': [[...held, reprogram([], [1]), replace(1)], receipt],
  'a retirement that withdraws': [[...allFive, reprogram([4], [2])], retire('withdraw')],
  'a retirement that restores': [[...allFive, reprogram([], [2])], retire('restore')],
  'a retirement with pending actions': [allFive, retire('restore')],
};

const KINDS: readonly FaultKind[] = [...STOPS, ...ERRORS, 'duplicate-task', 'execution-stopped', 'restart'];

interface Played {
  readonly end: readonly string[];
  readonly calls: readonly PlacedCall[];
}

/** Runs a path with these faults; after the action, the container syncs. */
const play = async (
  [before, action]: readonly [readonly Action[], Action],
  faults: readonly Fault[],
): Promise<Played> => {
  const fixture = await newFixture();
  for (const one of before) await perform(fixture, one, []);
  await perform(fixture, action, faults);
  const calls = fixture.world.scheduler.callsOfRun();
  for (const { status } of fixture.invariants.locked()) {
    fixture.world.scheduler.advance(LOCK_IS_OLD_MILLISECONDS);
    await perform(fixture, status === 'retiring' ? retire('restore') : push, []);
  }
  const container = fixture.world.table.get(`CONTAINER#${fixture.customer.serial}`, 'CONTAINER');
  if (container?.['status'] !== 'retired') {
    for (const one of [reprogram([]), receipt]) await perform(fixture, one, []);
  }
  // The signal that ends a wait can be lost with the invocation that sends it; then the wait's time-out ends it.
  fixture.world.scheduler.advance(DAYS_21);
  await fixture.world.scheduler.run(0, seededRandom(1), []);
  fixture.invariants.checkAtRest(true);
  expect(fixture.world.workflow.running()).toEqual([]);
  expect(JSON.stringify(fixture.world.table.all())).not.toContain('receipt.overdue');
  return { end: endOf(fixture), calls };
};

/** The end states. A repeated request makes new ids, so each is replaced by its place in the order. */
const endOf = ({ invariants, customer }: Fixture): string[] => {
  const observed = invariants.observed();
  const ids = [...observed.keys()].filter((name) => name !== customer.serial);
  const named = (text: string): string =>
    ids.reduce((line, id) => line.replaceAll(id, `license ${id.slice(0, 4)}${isSuccessor(id) ? ' (new)' : ''}`), text);
  const isSuccessor = (id: string): boolean => ids.some((other) => invariants.successorsOf(other).includes(id));
  return [...observed].map(([name, state]) => named(`${name}: ${state}`)).sort();
};

/** The only path in `npm test`. */
const QUICK_PATH = 'a reprogramming that replaces';

test.each(Object.entries(PATHS).filter(([name]) => byTier({ quick: name === QUICK_PATH, deep: true })))(
  '%s with a fault at each single call ends in the same state as without',
  async (_, path) => {
    const silenced = console.error;
    console.error = () => undefined;
    try {
      const undisturbed = await play(path, []);
      expect(undisturbed.calls.length).toBeGreaterThan(2);
      for (const fault of everyFault(undisturbed.calls, KINDS)) {
        const { end } = await play(path, [fault]);
        expect(end, `${fault.kind} at call ${fault.at}`).toEqual(undisturbed.end);
      }
    } finally {
      console.error = silenced;
    }
  },
);
