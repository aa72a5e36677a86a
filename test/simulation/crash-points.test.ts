import { afterAll, expect, test } from 'vitest';
import { applyUpdates, type Content, createContext, digestOf, EMPTY_CONTENT } from '../../protocol/index.ts';
import { byTier } from '../harness/tier.ts';
import { synthesizedDefinition } from './definition.ts';
import { ERRORS, everyFault, type Fault, type FaultKind, type PlacedCall, STOPS } from './faults.ts';
import { type Identity, identity } from './identities.ts';
import { type Invariants, watchInvariants } from './invariants.ts';
import { seededRandom } from './seeded-random.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import { createWorld, type HttpRequest, type Reply, type World } from './world.ts';

const definition = await synthesizedDefinition();
afterAll(useSynchronousCrypto());

const PRODUCTS = ['basic', 'addon'] as const;
const MOST_TRIES = 10;
const LOCK_IS_OLD_MILLISECONDS = 6_000;
const DAYS_21 = 21 * 24 * 60 * 60 * 1000;

/** One customer and the vendor, who ask again when they get no answer. */
interface Scene {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customer: Identity;
  content: Content;
  licenses: string[];
  ticket: string;
  contexts: number;
}

type Act = (scene: Scene) => Promise<void>;

const newScene = async (): Promise<Scene> => {
  const world = await createWorld({ definition, seed: 1 });
  const invariants = watchInvariants(world.table);
  const scene = {
    world,
    invariants,
    customer: await identity(0),
    content: EMPTY_CONTENT,
    licenses: [],
    ticket: '',
    contexts: 0,
  };
  for (const code of PRODUCTS) {
    const requires = code === 'addon' ? ['basic'] : [];
    await perform(
      scene,
      async () => void (await ask(scene, { name: 'putProduct', params: { code }, body: { requires } })),
      [],
    );
  }
  return scene;
};

/** Lets an act run, with its faults, until nothing is left to do. */
const perform = async (scene: Scene, act: Act, faults: readonly Fault[]): Promise<void> => {
  const { scheduler } = scene.world;
  let failure: unknown;
  let isDone = false;
  const acting = act(scene).then(
    () => {
      isDone = true;
    },
    (error: unknown) => {
      failure = error;
    },
  );
  await scheduler.run(0, seededRandom(1), faults);
  const calls = scheduler.callsOfRun().length;
  await Promise.race([acting, new Promise((resolve) => setImmediate(resolve))]);
  if (failure !== undefined) throw failure;
  if (!isDone) throw new Error(`The act did not end within ${calls} calls`);
};

/** Told what is wrong with it, and not only that it cannot be answered now. */
const isRefusal = (reply: Reply): reply is Reply & { kind: 'answer' } =>
  reply.kind === 'answer' && reply.status >= 400 && reply.status < 500 && reply.status !== 429;

/** Asks until there is an answer. */
const ask = async ({ world }: Scene, request: HttpRequest): Promise<Reply & { kind: 'answer' }> => {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const reply = await world.http(request);
    if (reply.kind === 'answer' && reply.status < 400) return reply;
    if (isRefusal(reply) && reply.body['code'] !== 'reprogramming-in-flight') {
      throw new Error(`${request.name} was refused: ${JSON.stringify(reply.body)}`);
    }
    // An execution that is stopped leaves its lock, which is looked into after some seconds.
    world.scheduler.advance(LOCK_IS_OLD_MILLISECONDS);
  }
  throw new Error(`${request.name} was never answered`);
};

const order: Act = async (scene) => {
  const items = [{ product: 'basic', quantity: 5 }, { product: 'addon' }];
  const reply = await ask(scene, { name: 'createOrder', params: {}, body: { orderId: 'order', items } });
  scene.licenses = (reply.body['licenses'] as { id: string }[]).map(({ id }) => id);
  scene.ticket = String(reply.body['ticket']);
};

const license = (scene: Scene, index: number): string => scene.licenses[index] ?? '';

const contextOf = async (scene: Scene): Promise<string> => {
  const { customer, content, invariants } = scene;
  scene.contexts += 1;
  const position = { counter: content.counter, digest: await digestOf(content) };
  invariants.contextSent(customer.serial, position.counter, position.digest);
  return createContext({ ...customer, ...position, jti: `context-${scene.contexts}`, iat: 1 });
};

/** Activates and deactivates licenses of the order by their places in it, and imports what comes. */
const reprogram =
  (activate: readonly number[], deactivate: readonly number[] = []): Act =>
  async (scene) => {
    const body = {
      context: await contextOf(scene),
      activate: activate.map((index) => ({ ticket: scene.ticket, license: license(scene, index) })),
      deactivate: deactivate.map((index) => license(scene, index)),
    };
    const { body: told } = await ask(scene, { name: 'createReprogramming', params: {}, body, wait: 10 });
    await importUpdates(scene, told['updates']);
  };

const importUpdates = async (scene: Scene, updates: unknown): Promise<void> => {
  const { content, customer, world } = scene;
  const applied = await applyUpdates(content, customer.serial, { updates }, [world.vendor.jwk]);
  if (!applied.ok) throw new Error(`An update was refused: ${applied.code}`);
  scene.content = applied.content;
};

const receipt: Act = async (scene) => {
  await ask(scene, { name: 'createReceipt', params: {}, body: { context: await contextOf(scene) } });
};

const push: Act = async (scene) => {
  const { serial } = scene.customer;
  const { body } = await ask(scene, { name: 'pushReprogramming', params: { serial }, wait: 10 });
  await importUpdates(scene, body['updates']);
};

const onLicense =
  (name: 'withdrawLicense' | 'replaceLicense' | 'cancelWithdrawal' | 'cancelReplacement', index: number): Act =>
  async (scene) => {
    const body = name === 'withdrawLicense' || name === 'replaceLicense' ? { body: { reason: 'so' } } : {};
    const request: HttpRequest = { name, params: { license: license(scene, index) }, ...body };
    const { world } = scene;
    // A cancellation and a replacement at once are not told from one that was made before: whoever is not answered looks.
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
  (name: 'assignLicense' | 'cancelAssignment', index: number): Act =>
  async (scene) => {
    const params = { serial: scene.customer.serial, license: license(scene, index) };
    const request: HttpRequest = { name, params, ...(name === 'assignLicense' ? { body: {} } : {}) };
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const reply = await scene.world.http(request);
      if (reply.kind === 'answer' && reply.status < 400) return;
      if (!isRefusal(reply)) continue;
      if (attempt > 0 && reply.body['code'] === 'not-found') return;
      throw new Error(`${name}: ${JSON.stringify(reply.body)}`);
    }
  };

const retire =
  (licenses: 'withdraw' | 'restore'): Act =>
  async (scene) => {
    const { serial } = scene.customer;
    await ask(scene, { name: 'retireContainer', params: { serial }, body: { licenses, reason: 'gone' } });
  };

const withdraw = (index: number): Act => onLicense('withdrawLicense', index);
const replace = (index: number): Act => onLicense('replaceLicense', index);
const assign = (index: number): Act => assignment('assignLicense', index);
const held: readonly Act[] = [order, reprogram([0, 1, 2, 5]), receipt];

/** Everything that can be pending at once, in a container that holds confirmed licenses. */
const allFive: readonly Act[] = [...held, withdraw(0), assign(3), replace(1)];

/** What comes before, and the act that is stopped. */
const PATHS: Readonly<Record<string, readonly [readonly Act[], Act]>> = {
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

/** Plays a path to its end: after the act, everybody syncs. */
const play = async ([before, act]: readonly [readonly Act[], Act], faults: readonly Fault[]): Promise<Played> => {
  const scene = await newScene();
  for (const one of before) await perform(scene, one, []);
  await perform(scene, act, faults);
  const calls = scene.world.scheduler.callsOfRun();
  for (const { status } of scene.invariants.locked()) {
    scene.world.scheduler.advance(LOCK_IS_OLD_MILLISECONDS);
    await perform(scene, status === 'retiring' ? retire('restore') : push, []);
  }
  const container = scene.world.table.get(`CONTAINER#${scene.customer.serial}`, 'CONTAINER');
  if (container?.['status'] !== 'retired') {
    for (const one of [reprogram([]), receipt]) await perform(scene, one, []);
  }
  // The word that ends a wait may be lost with whoever had to say it; the wait's time-out finds that it is over.
  scene.world.scheduler.advance(DAYS_21);
  await scene.world.scheduler.run(0, seededRandom(1), []);
  scene.invariants.checkAtRest(true);
  expect(scene.world.workflow.running()).toEqual([]);
  expect(JSON.stringify(scene.world.table.all())).not.toContain('receipt.overdue');
  return { end: endOf(scene), calls };
};

/** The states at the end. Ids are made up anew when a request is repeated: each is told by its place in the order. */
const endOf = ({ invariants, customer }: Scene): string[] => {
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
  '%s, with every fault at each single call, ends as if it had not been',
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
