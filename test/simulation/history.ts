/** Runs a history: steps of one to three concurrent commands, with faults, and all checks after each step. */
import type { Definition } from '../../cdk/read-template.ts';
import type { Content } from '../../protocol/index.ts';
import { describeMismatch, findOrder, type SentRequest, sameSet } from './checker.ts';
import { client, send } from './clients.ts';
import type { Command } from './commands.ts';
import { hoardingCommand, randomCommand } from './commands.ts';
import { countAnswer, countMove } from './coverage.ts';
import { FAULTS, type Fault, type FaultKind } from './faults.ts';
import { identity } from './identities.ts';
import { Violation, watchInvariants } from './invariants.ts';
import * as rules from './model.ts';
import { type Customer, DAYS_21, inShort, newCustomer, PRODUCTS, putFurthestFirst, type Run } from './run.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { createWorld, type HttpRequest, type Reply, type Send, type World } from './world.ts';

export interface Step {
  /** The commands run concurrently. */
  readonly commands: readonly Command[];
  readonly faults: readonly Fault[];
  /** Decides the order of calls and all random values. */
  readonly seed: number;
}

export interface History {
  readonly seed: number;
  readonly containers: number;
  readonly steps: readonly Step[];
}

export interface HistoryOptions {
  readonly faults: boolean;
  readonly steps: number;
  readonly containers: number;
  /** No issued update is imported, so that outstanding updates reach their limit. */
  readonly hoards?: boolean;
}

const MOST_COMMANDS_AT_ONCE = 3;
const FAULT_RANGE = 40;
const LARGEST_SEED = 2 ** 32;

/** The history of a seed. */
export function historyOf(seed: number, { faults, steps, containers, hoards = false }: HistoryOptions): History {
  const random = seededRandom(seed);
  const command = hoards ? hoardingCommand : randomCommand;
  return {
    seed,
    containers,
    steps: Array.from({ length: steps }, () => ({
      commands: Array.from({ length: random.chance(0.75) ? 1 : 2 + random.below(MOST_COMMANDS_AT_ONCE - 1) }, () =>
        command(random),
      ),
      faults: faults && random.chance(0.4) ? randomFaults(random) : [],
      seed: random.below(LARGEST_SEED),
    })),
  };
}

function randomFaults(random: SeededRandom): Fault[] {
  return Array.from({ length: 1 + random.below(3) }, () => ({
    at: random.below(FAULT_RANGE),
    kind: random.pick(FAULTS),
  }));
}

export interface HistoryResult {
  readonly violation?: Violation;
  /** One line per command, fault and answer. */
  readonly log: readonly string[];
  readonly steps: number;
  readonly reprogrammings: number;
  readonly receipts: number;
  readonly requests: number;
  readonly transactions: number;
  readonly fired: ReadonlyMap<FaultKind, number>;
  /** How often each code of a refusal and each kind of executed action occurred. */
  readonly coverage: ReadonlyMap<string, number>;
}

/** Hooks for crash points, small worlds and the differential test. */
export interface RunOptions {
  readonly definition: Definition;
  readonly send?: Send;
  readonly onWorld?: (world: World) => void;
}

/** Runs the history to its end, or to the first violation. */
export async function runHistory(history: History, options: RunOptions): Promise<HistoryResult> {
  const world = await createWorld({
    definition: options.definition,
    seed: history.seed,
    ...(options.send && { send: options.send }),
  });
  const invariants = watchInvariants(world.table);
  options.onWorld?.(world);
  const customers: Customer[] = [];
  for (let number = 0; number < history.containers; number++) {
    customers.push(newCustomer(await identity(number), world.keySets));
  }
  const run: Run = {
    world,
    invariants,
    customers,
    contexts: new Map(),
    requests: [],
    reprogrammings: new Set(),
    log: [],
    coverage: new Map(),
    model: rules.newModel(),
    unresolved: [],
    orders: 0,
    requestsSent: 0,
  };
  const errors: unknown[] = [];
  const original = console.error;
  console.error = (...parts: unknown[]) => errors.push(parts.at(-1));
  let done = 0;
  let violation: Violation | undefined;
  try {
    await begin(run);
    for (const [index, step] of history.steps.entries()) {
      await runStep(run, step, index, errors);
      done += 1;
    }
    await finish(run, history, errors);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  } finally {
    console.error = original;
  }
  const { counts } = invariants;
  return {
    ...(violation === undefined ? {} : { violation }),
    log: run.log,
    steps: done,
    ...counts,
    requests: run.requestsSent,
    fired: world.scheduler.fired,
    coverage: run.coverage,
  };
}

async function begin(run: Run): Promise<void> {
  for (const { code, requires } of PRODUCTS) {
    const request = run.world.http({ name: 'putProduct', params: { code }, body: { name: code, requires } });
    await run.world.scheduler.run(0, seededRandom(1), []);
    const reply = await request;
    if (reply.kind !== 'answer' || reply.status !== 201)
      throw new Violation('setup', `a product was refused: ${JSON.stringify(reply)}`);
  }
}

async function runStep(run: Run, step: Step, index: number, errors: unknown[]): Promise<void> {
  const { world } = run;
  world.reseed(step.seed);
  const random = seededRandom(step.seed, 1);
  const names = step.faults.map(({ at, kind }) => `${kind} at call ${at}`).join(', ');
  const heading = `step ${index}${names === '' ? '' : ` (${names})`}`;
  const sent: SentRequest[][] = step.commands.map(() => []);
  const texts: string[] = [];
  let failure: unknown;
  const clients = step.commands.map((command, number) =>
    client(run, command, sent[number] ?? [], texts).catch((error: unknown) => {
      failure ??= error;
    }),
  );
  await world.scheduler.run(index, random, step.faults);
  const hasFault = world.scheduler.hasFaultFired() || hasEverFrozen(world);
  await heal(run, index, random, sent, texts);
  const isAnswered = await Promise.race([
    Promise.all(clients).then(() => true),
    new Promise((resolve) => setImmediate(() => resolve(false))),
  ]);
  const all = sent.flat();
  run.log.push(`${heading}: ${texts.join(' | ')}`, ...all.map((one) => `    ${one.text} -> ${inShort(one.reply)}`));
  if (failure !== undefined) throw failure;
  if (isAnswered !== true) throw new Violation('I8', 'a request was never answered');
  for (const { reply } of all) checkReply(reply, hasFault, errors);
  errors.length = 0;
  world.takeErrors();
  checkAgainstModel(run, all);
}

function hasEverFrozen(world: World): boolean {
  return (world.scheduler.fired.get('frozen-task') ?? 0) > 0;
}

/** An answer may report a failure of the system only if the step had a fault. */
function checkReply(reply: Reply, hasFault: boolean, errors: readonly unknown[]): void {
  if (reply.kind === 'lost') {
    if (!hasFault) throw new Violation('answer', 'a request was lost without a fault');
    return;
  }
  if ((reply.status >= 500 || reply.status === 429) && !hasFault) {
    const [error] = errors;
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Violation('answer', `${reply.status} without a fault: ${why}`);
  }
}

function checkAgainstModel(run: Run, sent: readonly SentRequest[]): void {
  const { invariants } = run;
  invariants.checkAtRest(false);
  const observed = invariants.observed();
  const next = findOrder(run.model, sent, observed) ?? findOrderWithUnresolved(run, sent, observed);
  if (next === undefined) throw new Violation('model', describeMismatch(run.model, sent, observed));
  const before = run.model;
  run.model = next;
  run.unresolved.push(...sent.filter(({ completion }) => completion !== 'answered').flatMap(unresolvedSteps));
  checkCustomers(run);
  for (const { text, reply } of sent)
    if (reply.kind === 'answer') countAnswer(run.coverage, text, reply.status, reply.body);
  for (const { id, place } of before.licenses.values()) countMove(run.coverage, place, next.licenses.get(id)?.place);
}

/** Each atomic step of an unanswered request can still happen by itself, if its task was frozen. */
function unresolvedSteps(one: SentRequest): SentRequest[] {
  return CARRIED_OUT_BY_TASKS.test(one.text)
    ? one.atomicSteps.map((step) => ({ ...one, atomicSteps: [step], completion: 'unknown' }))
    : [];
}

const CARRIED_OUT_BY_TASKS = /^(createReprogramming|pushReprogramming|createReceipt|findAutoUpdates)/;

/** Tries again with the unresolved steps of earlier requests, whose frozen tasks may have run now. */
function findOrderWithUnresolved(
  run: Run,
  sent: readonly SentRequest[],
  observed: ReadonlyMap<string, string>,
): rules.Model | undefined {
  if (run.unresolved.length === 0) return undefined;
  const next = findOrder(run.model, [...sent, ...run.unresolved], observed);
  if (next !== undefined) run.unresolved = [];
  return next;
}

/** I1 in the simulated containers themselves. Retired containers and copies that are behind are not checked. */
function checkCustomers(run: Run): void {
  const where = new Map<string, string>();
  for (const customer of run.customers) {
    putFurthestFirst(customer);
    const { identity: own, copy } = customer;
    const { content } = customer.holding;
    const container = rules.knownContainer(run.model, own.serial);
    if (container.isRetired) continue;
    checkContent(container, content);
    if (copy !== undefined) checkContent(container, copy.holding.content);
    for (const { id } of content.licenses) {
      if (where.has(id)) throw new Violation('I1', `${id} is in ${where.get(id)} and in ${own.serial} at once`);
      where.set(id, own.serial);
    }
  }
}

function checkContent({ serial, updates }: rules.ModelContainer, { counter, licenses }: Content): void {
  const ids = licenses.map(({ id }) => id);
  const expected = counter === 0 ? [] : [...(updates[counter - 1]?.content ?? [])];
  if (!sameSet(expected, ids))
    throw new Violation('model', `${serial} holds [${ids}] at ${counter}, and should hold [${expected}]`);
}

/** Finishes what a stopped execution has left: the next request does, and for a retirement the vendor's repetition. */
async function heal(
  run: Run,
  index: number,
  random: SeededRandom,
  sent: SentRequest[][],
  texts: string[],
): Promise<void> {
  await unlock(run, index, random, sent, texts);
  for (const { serial, counter } of run.invariants.halfReceived()) {
    const customer = run.customers.find(({ identity: own }) => own.serial === serial);
    const context = customer?.contexts.findLast((one) => run.contexts.get(one)?.context.counter === counter);
    if (context === undefined) throw new Error(`Nobody has proven ${counter} of ${serial}`);
    const own: SentRequest[] = [];
    sent.push(own);
    texts.push('a receipt finds that it was taken in part');
    const done = send(run, { name: 'createReceipt', params: {}, body: { context } }, own);
    await run.world.scheduler.run(index, random, []);
    await done;
  }
}

async function unlock(
  run: Run,
  index: number,
  random: SeededRandom,
  sent: SentRequest[][],
  texts: string[],
): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const [stuck] = run.invariants.locked();
    if (stuck === undefined) return;
    const own: SentRequest[] = [];
    sent.push(own);
    run.world.scheduler.advance(6_000);
    const { serial } = stuck;
    const request: HttpRequest =
      stuck.status === 'retiring'
        ? { name: 'retireContainer', params: { serial }, body: { licenses: 'restore', reason: 'again' } }
        : { name: 'pushReprogramming', params: { serial }, wait: 10 };
    texts.push(
      stuck.status === 'retiring'
        ? 'the vendor repeats the retirement'
        : 'a push finds the lock of a stopped execution',
    );
    const done = send(run, request, own);
    await run.world.scheduler.run(index, random, []);
    await done;
  }
}

/** What a container still waits for, and what the server still awaits from it. */
function isSomethingLeft(model: rules.Model): boolean {
  return [...model.containers.values()].some(
    (container) =>
      !container.isRetired &&
      (rules.issuedOf(container) > container.confirmed || rules.pendingOf(model, container.serial).size > 0),
  );
}

/** After the last fault: every container syncs until nothing changes any more (I8). */
async function finish(run: Run, { seed: own, steps }: History, errors: unknown[]): Promise<void> {
  const index = steps.length + 10;
  // Frozen invocations continue.
  await run.world.scheduler.run(index, seededRandom(2), []);
  for (let round = 0; round === 0 || (round === 1 && isSomethingLeft(run.model)); round++) {
    for (const [number] of run.customers.entries()) {
      const commands: Command[] = [{ kind: 'sync', a: number, b: 0, c: 3 }];
      const seed = seededRandom(own, 2 + run.customers.length * round + number).below(LARGEST_SEED);
      await runStep(run, { commands, faults: [], seed }, index, errors);
    }
  }
  // A wait whose token a newer one replaced ends with its time-out.
  run.world.scheduler.advance(DAYS_21);
  await run.world.scheduler.run(index, seededRandom(3), []);
  run.invariants.checkAtRest(true);
  const waiting = run.world.workflow.running();
  if (waiting.length > 0) throw new Violation('I8', `executions that never end: ${waiting.join(', ')}`);
}
