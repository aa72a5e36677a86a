/** Runs a history: steps of one to three commands at a time, with faults, everything checked after each. */
import type { Definition } from '../../cdk/read-template.ts';
import type { EndpointName } from '../../functions/endpoints.ts';
import type { TaskEvent } from '../../functions/ports.ts';
import { applyUpdates, type Content, createContext, digestOf, EMPTY_CONTENT } from '../../protocol/index.ts';
import type { Command } from './commands.ts';
import { randomCommand } from './commands.ts';
import { FAULTS, type Fault, type FaultKind } from './faults.ts';
import { type Identity, identity } from './identities.ts';
import { type Invariants, Violation, watchInvariants } from './invariants.ts';
import { explain, type Moment, type Sent, sameSet, whyNot } from './judge.ts';
import * as rules from './model.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { createWorld, type HttpRequest, type Reply, type Send, type World } from './world.ts';

export interface Step {
  /** They go at the same time. */
  readonly commands: readonly Command[];
  readonly faults: readonly Fault[];
  /** Decides who goes next, and everything that is made up by chance. */
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
}

const MOST_COMMANDS_AT_ONCE = 3;
const FAULT_RANGE = 40;
const LARGEST_SEED = 2 ** 32;

/** The history that a seed stands for. */
export function historyOf(seed: number, { faults, steps, containers }: HistoryOptions): History {
  const random = seededRandom(seed);
  return {
    seed,
    containers,
    steps: Array.from({ length: steps }, () => ({
      commands: Array.from({ length: random.chance(0.75) ? 1 : 2 + random.below(MOST_COMMANDS_AT_ONCE - 1) }, () =>
        randomCommand(random),
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
  /** What happened, a line each. */
  readonly log: readonly string[];
  readonly steps: number;
  readonly reprogrammings: number;
  readonly receipts: number;
  readonly requests: number;
  readonly transactions: number;
  readonly fired: ReadonlyMap<FaultKind, number>;
  /** Codes of refusals and kinds of what was executed, with how often. */
  readonly seen: ReadonlyMap<string, number>;
}

/** Hooks for what looks on: crash points, small worlds, the differential test. */
export interface RunOptions {
  readonly definition: Definition;
  readonly send?: Send;
  readonly onWorld?: (world: World) => void;
}

const PRODUCTS: readonly { readonly code: string; readonly requires: readonly string[] }[] = [
  { code: 'basic', requires: [] },
  { code: 'addon', requires: ['basic'] },
  { code: 'suite', requires: [] },
  { code: 'plugin', requires: ['addon'] },
];
const EXPIRED = '2026-01-01T00:00:00Z';
const DAYS_21 = 21 * 24 * 60 * 60 * 1000;

interface Customer {
  readonly identity: Identity;
  content: Content;
  readonly contexts: string[];
  made: number;
}

interface Told {
  readonly context: rules.ModelContext;
  readonly jti: string;
}

/** Everything that a running history keeps. */
interface Run {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customers: readonly Customer[];
  readonly contexts: Map<string, Told>;
  readonly requests: HttpRequest[];
  readonly log: string[];
  readonly seen: Map<string, number>;
  model: rules.Model;
  /** Reprogrammings that nobody was told of: a plan that was frozen may still be made in a later step. */
  loose: Sent[];
  orders: number;
  requestsSent: number;
}

/** Runs it to its end, or to the first violation. */
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
    customers.push({ identity: await identity(number), content: EMPTY_CONTENT, contexts: [], made: 0 });
  }
  const run: Run = {
    world,
    invariants,
    customers,
    contexts: new Map(),
    requests: [],
    log: [],
    seen: new Map(),
    model: rules.newModel(),
    loose: [],
    orders: 0,
    requestsSent: 0,
  };
  const errors: unknown[] = [];
  const original = console.error;
  console.error = (error: unknown) => errors.push(error);
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
    seen: run.seen,
  };
}

async function begin(run: Run): Promise<void> {
  const requests = PRODUCTS.map(({ code, requires }) =>
    run.world.http({ name: 'putProduct', params: { code }, body: { requires } }),
  );
  await run.world.scheduler.run(0, seededRandom(1), []);
  for (const reply of await Promise.all(requests)) {
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
  const sent: Sent[][] = step.commands.map(() => []);
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
  judge(run, all);
}

function hasEverFrozen(world: World): boolean {
  return (world.scheduler.fired.get('frozen-task') ?? 0) > 0;
}

/** A fault of the machine is told only where there was one. */
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

function judge(run: Run, sent: readonly Sent[]): void {
  const { invariants } = run;
  invariants.checkAtRest(false);
  const observed = invariants.observed();
  const next = explain(run.model, sent, observed) ?? explainLate(run, sent, observed);
  if (next === undefined) throw new Violation('model', whyNot(run.model, sent, observed));
  const before = run.model;
  run.model = next;
  for (const one of sent) {
    if (one.knowledge === 'told' || !REPROGRAMMINGS.test(one.text)) continue;
    run.loose.push({ ...one, moments: one.moments.slice(-1), knowledge: 'unknown' });
  }
  checkCustomers(run);
  for (const { text, reply } of sent) if (reply.kind === 'answer') note(run.seen, text, reply.status, reply.body);
  for (const { id, place } of before.licenses.values()) noteMove(run.seen, place, next.licenses.get(id)?.place);
}

const REPROGRAMMINGS = /^(create|push)Reprogramming/;

/** With a plan of an earlier step in it, that was frozen and has only now been made. */
function explainLate(run: Run, sent: readonly Sent[], observed: ReadonlyMap<string, string>): rules.Model | undefined {
  if (run.loose.length === 0) return undefined;
  const next = explain(run.model, [...sent, ...run.loose], observed);
  if (next !== undefined) run.loose = [];
  return next;
}

/** What an answer shows to have happened, for the summary. */
function note(
  seen: Map<string, number>,
  text: string,
  statusCode: number,
  body: Readonly<Record<string, unknown>>,
): void {
  const { code, status, executed, dropped } = body as {
    code?: string;
    status?: string;
    executed?: Record<string, unknown[]>;
    dropped?: unknown[];
  };
  count(seen, code !== undefined && statusCode >= 400 ? code : `${statusCode}`);
  if (status === 'withdrawn' || status === 'replaced') count(seen, `${status} at once`);
  if (status === 'cancelled' || status === 'unchanged') count(seen, status);
  if (text.startsWith('createReceipt') && status === 'confirmed') count(seen, 'receipt');
  if (text.startsWith('pushReprogramming') && status === 'issued') count(seen, 'push');
  if (status === 'previewed') return;
  for (const [name, list] of Object.entries(executed ?? {})) if (list.length > 0) count(seen, `executed ${name}`);
  if ((dropped ?? []).length > 0) count(seen, 'dropped');
}

function noteMove(seen: Map<string, number>, before: rules.Place, after: rules.Place | undefined): void {
  if (before.on === 'way-out' && before.cause === 'deactivate' && after?.on === 'gone') {
    if (before.order?.kind === 'withdraw') count(seen, 'withdrawn after a return');
    if (before.order?.kind === 'replace') count(seen, 'offered after a return');
  }
  if (before.on === 'ticket' || before.on === 'gone' || before.order === undefined) return;
  if (after?.on !== before.on || after.order === undefined) return;
  if (JSON.stringify(before.order) !== JSON.stringify(after.order)) count(seen, 'order on an order');
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** I1 where it matters: in the containers themselves. A retired one is not counted on. */
function checkCustomers(run: Run): void {
  const where = new Map<string, string>();
  for (const { identity: own, content } of run.customers) {
    const container = rules.knownContainer(run.model, own.serial);
    if (container.isRetired) continue;
    const ids = content.licenses.map(({ id }) => id);
    const expected = content.counter === 0 ? [] : [...(container.updates[content.counter - 1]?.content ?? [])];
    if (!sameSet(expected, ids))
      throw new Violation('model', `${own.serial} holds [${ids}] at ${content.counter}, and should hold [${expected}]`);
    for (const id of ids) {
      if (where.has(id)) throw new Violation('I1', `${id} is in ${where.get(id)} and in ${own.serial} at once`);
      where.set(id, own.serial);
    }
  }
}

/** What an execution that was stopped has left is finished by the next request; the vendor repeats a retirement. */
async function heal(run: Run, index: number, random: SeededRandom, sent: Sent[][], texts: string[]): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const [stuck] = run.invariants.locked();
    if (stuck === undefined) return;
    const own: Sent[] = [];
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

/** Faults have stopped: everybody syncs until nothing moves any more (I8). */
async function finish(run: Run, { seed: own, steps }: History, errors: unknown[]): Promise<void> {
  const index = steps.length + 10;
  // Whatever was frozen wakes up.
  await run.world.scheduler.run(index, seededRandom(2), []);
  for (let round = 0; round < 2; round++) {
    for (const [number] of run.customers.entries()) {
      const commands: Command[] = [{ kind: 'sync', a: number, b: 0, c: 3 }];
      const seed = seededRandom(own, 2 + run.customers.length * round + number).below(LARGEST_SEED);
      await runStep(run, { commands, faults: [], seed }, index, errors);
    }
  }
  // A wait whose token was overtaken by an older one ends with its time-out.
  run.world.scheduler.advance(DAYS_21);
  await run.world.scheduler.run(index, seededRandom(3), []);
  run.invariants.checkAtRest(true);
  const waiting = run.world.workflow.running();
  if (waiting.length > 0) throw new Violation('I8', `executions that never end: ${waiting.join(', ')}`);
}

/** One command, from what there is. */
async function client(run: Run, command: Command, sent: Sent[], texts: string[]): Promise<void> {
  const { a, b, c } = command;
  const { model, customers, world } = run;
  const customer = pick(customers, a);
  const { serial } = customer.identity;
  const say = (text: string): void => {
    texts.push(text);
  };
  switch (command.kind) {
    case 'order': {
      const products = [
        ...(b % 3 === 0 ? [] : ['basic']),
        pick(PRODUCTS, c).code,
        ...(c % 5 === 0 ? [pick(PRODUCTS, b).code] : []),
      ];
      const terms = a % 15 === 0 ? { expiresAt: EXPIRED } : {};
      run.orders += 1;
      say(`order ${products.join(', ')}`);
      const items = products.map((product) => ({ product, quantity: 1 + (b % 3), terms }));
      await send(run, { name: 'createOrder', params: {}, body: { orderId: `order-${run.orders}`, items } }, sent);
      return;
    }
    case 'activate':
    case 'preview': {
      const request = manualOf(run, serial, b, c);
      say(`${shortOf(run, serial)} ${command.kind === 'preview' ? 'previews' : 'asks'} ${wordsOf(run, request)}`);
      await reprogram(run, customer, sent, request, command.kind === 'preview', c % 7);
      return;
    }
    case 'sync':
      say(`${shortOf(run, serial)} syncs`);
      await reprogram(run, customer, sent, { activate: [], deactivate: [] }, false, c % 7);
      return;
    case 'receipt':
      say(`${shortOf(run, serial)} sends a receipt`);
      await send(run, { name: 'createReceipt', params: {}, body: { context: await contextOf(run, customer) } }, sent);
      return;
    case 'auto-updates':
      say(`${shortOf(run, serial)} asks for its auto-updates`);
      await send(run, { name: 'findAutoUpdates', params: {}, body: { context: await contextOf(run, customer) } }, sent);
      return;
    case 'old-context': {
      const context = customer.contexts.length === 0 ? await contextOf(run, customer) : pick(customer.contexts, b);
      say(`${shortOf(run, serial)} sends an old context`);
      const name = c % 2 === 0 ? 'createReceipt' : 'createReprogramming';
      await send(run, { name, params: {}, body: { context }, ...(c % 2 === 0 ? {} : { wait: 10 }) }, sent);
      return;
    }
    case 'tampered-context': {
      const change = pick(
        [{ counter: customer.content.counter + 1 + (b % 3) }, { digest: `sha256:${'0'.repeat(64)}` }],
        c,
      );
      say(`${shortOf(run, serial)} sends a context that is not its own`);
      await send(
        run,
        { name: 'createReceipt', params: {}, body: { context: await contextOf(run, customer, change) } },
        sent,
      );
      return;
    }
    case 'withdraw':
    case 'replace':
    case 'assign':
    case 'cancel':
      return vendorOrder(run, command, serial, sent, say);
    case 'push': {
      say(`push for ${shortOf(run, serial)}`);
      const reply = await send(run, { name: 'pushReprogramming', params: { serial }, wait: 10 }, sent);
      if (b % 2 === 0) await apply(run, customer, reply);
      return;
    }
    case 'fetch': {
      if (!model.containers.has(serial)) return;
      say(`${shortOf(run, serial)} fetches its updates`);
      const request: HttpRequest = {
        name: 'getUpdates',
        params: { serial },
        query: { from: String(customer.content.counter) },
      };
      const reply = await world.http(request);
      run.requestsSent += 1;
      await apply(run, customer, reply);
      return;
    }
    case 'retire': {
      const licenses = b % 2 === 0 ? 'restore' : 'withdraw';
      say(`retire ${shortOf(run, serial)}, ${licenses}`);
      const request: HttpRequest = { name: 'retireContainer', params: { serial }, body: { licenses, reason: 'gone' } };
      await send(run, request, sent);
      return;
    }
    case 'repeat': {
      if (run.requests.length === 0) return;
      const request = run.requests[Math.max(0, run.requests.length - 1 - (b % 4))];
      if (request === undefined || request.name === 'retireContainer') return;
      say(`repeat ${request.name}`);
      count(run.seen, 'repeated');
      await send(run, request, sent);
      return;
    }
    case 'stop': {
      const running = world.workflow.running();
      if (running.length === 0) return;
      say('the operator stops an execution');
      world.workflow.stop(pick(running, b));
      return;
    }
    case 'days':
      say('21 days pass');
      world.scheduler.advance(DAYS_21);
      return;
    case 'late-task':
      return lateTask(run, b, c, say);
    case 'look':
      return look(run, command, serial, sent, say);
  }
}

const LATE_TASKS = ['Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate', 'ReportOverdue', 'Confirm'] as const;

/** An event of a task that had been delivered long ago comes once more. `Confirm` only after it has run. */
function lateTask(run: Run, b: number, c: number, say: (text: string) => void): void {
  const containers = [...run.model.containers.values()].filter(({ updates }) => updates.length > 0);
  if (containers.length === 0) return;
  const { serial, updates, confirmed } = pick(containers, b);
  const counter = 1 + (c % updates.length);
  const task = pick(LATE_TASKS, b + c);
  if (task === 'Confirm' && counter > confirmed) return;
  const plan = run.world.table.get(`CONTAINER#${serial}`, `REPROGRAMMING#${String(counter).padStart(10, '0')}`);
  const reprogramming = String(plan?.['id']);
  say(`a late ${task} of update ${counter} of ${shortOf(run, serial)}`);
  const work = { withdraw: 1, deactivate: 1, assign: 1, replace: 1, activate: 1 };
  // Nobody waits for what comes late.
  void run.world.startTask(reprogramming, {
    task,
    input: { reprogramming, container: serial, counter, work },
  } as TaskEvent);
}

async function vendorOrder(
  run: Run,
  { kind, b, c }: Command,
  serial: string,
  sent: Sent[],
  say: (text: string) => void,
): Promise<void> {
  const license = licenseFor(run, kind, b, c);
  if (license === undefined) return;
  const { id } = license;
  const name = shortOf(run, id);
  switch (kind) {
    case 'withdraw':
      say(`withdraw ${name}`);
      await send(run, { name: 'withdrawLicense', params: { license: id }, body: {} }, sent);
      return;
    case 'replace': {
      const product = c % 4 === 0 ? pick(PRODUCTS, c >> 2).code : license.product;
      say(`replace ${name} by ${product}`);
      await send(run, { name: 'replaceLicense', params: { license: id }, body: { product } }, sent);
      return;
    }
    case 'assign':
      say(`assign ${name} to ${shortOf(run, serial)}`);
      await send(run, { name: 'assignLicense', params: { serial, license: id }, body: {} }, sent);
      return;
    default: {
      const { place } = license;
      const own =
        place.on === 'ticket' ? 'assign' : place.on === 'gone' ? 'withdraw' : (place.order?.kind ?? 'withdraw');
      const what = c % 6 === 0 ? pick(['withdraw', 'replace', 'assign'] as const, c) : own;
      say(`cancel ${what} of ${name}`);
      const endpoint: EndpointName =
        what === 'assign' ? 'cancelAssignment' : what === 'withdraw' ? 'cancelWithdrawal' : 'cancelReplacement';
      const where = place.on === 'ticket' && place.assignedTo !== undefined && c % 5 > 0 ? place.assignedTo : serial;
      const params = what === 'assign' ? { serial: where, license: id } : { license: id };
      await send(run, { name: endpoint, params: { ...params } }, sent);
    }
  }
}

/** Mostly a license for which the order makes sense, sometimes any. */
function licenseFor({ model }: Run, kind: string, b: number, c: number): rules.ModelLicense | undefined {
  const all = [...model.licenses.values()];
  const fits = ({ place }: rules.ModelLicense): boolean => {
    if (kind === 'assign') return place.on === 'ticket';
    if (kind !== 'cancel') return place.on === 'container' || (c % 3 === 0 && place.on !== 'gone');
    return place.on === 'ticket' ? place.assignedTo !== undefined : place.on !== 'gone' && place.order !== undefined;
  };
  const fitting = c % 11 === 0 ? all : all.filter(fits);
  return fitting.length === 0 ? (all.length === 0 ? undefined : pick(all, b)) : pick(fitting, b);
}

interface Manual {
  readonly activate: readonly { ticket: string; license: string }[];
  readonly deactivate: readonly string[];
}

function manualOf({ model }: Run, serial: string, b: number, c: number): Manual {
  const all = [...model.licenses.values()];
  const free = all.filter(
    ({ place }) => place.on === 'ticket' && (place.assignedTo ?? serial) === serial && place.waitsFor === undefined,
  );
  const held = all.filter(({ place }) => place.on === 'container' && place.serial === serial);
  const activate = new Map<string, { ticket: string; license: string }>();
  const deactivate = new Set<string>();
  for (let number = 0; number < (c % 4 === 3 ? 0 : 1 + (b % 3)); number++) {
    const from = c % 13 === 0 ? all : free;
    if (from.length === 0) break;
    const chosen = pick(from, b + number);
    // Mostly with what it requires, so that it is more than a refusal.
    for (const license of c % 10 === 0 ? [chosen] : withRequired(chosen, free, held)) {
      const { id, ticket } = license;
      activate.set(id, { license: id, ticket: c % 97 === 0 ? 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA' : ticket });
    }
  }
  for (let number = 0; number < (c % 4 === 3 ? 1 + (b % 2) : c % 5 === 0 ? 1 : 0); number++) {
    const from = c % 17 === 0 || held.length === 0 ? all : held;
    if (from.length === 0) break;
    deactivate.add(pick(from, b + number).id);
  }
  return { activate: [...activate.values()], deactivate: [...deactivate] };
}

function withRequired(
  license: rules.ModelLicense,
  free: readonly rules.ModelLicense[],
  held: readonly rules.ModelLicense[],
): rules.ModelLicense[] {
  const required = license.requires.flatMap((code) => {
    if (held.some(({ product }) => product === code)) return [];
    const other = free.find(({ product }) => product === code);
    return other === undefined ? [] : withRequired(other, free, held);
  });
  return [...required, license];
}

/** `luck`: 0 the answer never arrives at the container, 1 it is not imported yet, 3 and more the receipt follows at once. */
async function reprogram(
  run: Run,
  customer: Customer,
  sent: Sent[],
  manual: Manual,
  isPreview: boolean,
  luck: number,
): Promise<void> {
  const context = await contextOf(run, customer);
  const body = { context, ...manual, ...(isPreview ? { preview: true } : {}) };
  const reply = await send(run, { name: 'createReprogramming', params: {}, body, wait: 10 }, sent);
  if (isPreview || luck < 2) return;
  await apply(run, customer, reply);
  if (luck < 3 || reply.kind === 'lost' || reply.status >= 400) return;
  await send(run, { name: 'createReceipt', params: {}, body: { context: await contextOf(run, customer) } }, sent);
}

/** A container imports what it is given; what the vendor issues must always fit. */
async function apply(run: Run, customer: Customer, reply: Reply): Promise<void> {
  if (reply.kind === 'lost' || reply.status >= 400) return;
  const updates = reply.body['updates'];
  const result = await applyUpdates(customer.content, customer.identity.serial, { updates }, [run.world.vendor.jwk]);
  if (!result.ok) throw new Violation('T1', `${customer.identity.serial} refuses an update: ${result.code}`);
  customer.content = result.content;
}

async function contextOf(
  run: Run,
  customer: Customer,
  change: { counter?: number; digest?: string } = {},
): Promise<string> {
  customer.made += 1;
  const { serial, publicJwk, privateKey } = customer.identity;
  const isGenuine = change.counter === undefined && change.digest === undefined;
  const position = { counter: customer.content.counter, digest: await digestOf(customer.content), ...change };
  const jti = `${serial.slice(0, 6)}-${customer.made}`;
  const iat = Math.floor(run.world.scheduler.now() / 1000);
  const context = await createContext({ privateKey, publicJwk, ...position, jti, iat });
  run.contexts.set(context, { context: { serial, counter: position.counter, isGenuine }, jti });
  if (isGenuine) {
    run.invariants.contextSent(serial, position.counter, position.digest);
    customer.contexts.push(context);
  }
  return context;
}

async function look(
  run: Run,
  { a, b }: Command,
  serial: string,
  sent: Sent[],
  say: (text: string) => void,
): Promise<void> {
  const licenses = [...run.model.licenses.values()];
  if (b % 3 === 0 && run.model.containers.has(serial)) {
    say(`look at ${shortOf(run, serial)}`);
    await send(run, { name: 'getContainer', params: { serial } }, sent);
  } else if (licenses.length > 0) {
    const { id, ticket } = pick(licenses, a);
    say(`look at ${shortOf(run, id)}`);
    if (b % 3 === 1) await send(run, { name: 'getLicense', params: { license: id } }, sent);
    else await send(run, { name: 'getTicket', params: { code: ticket } }, sent);
  }
}

async function send(run: Run, request: HttpRequest, sent: Sent[]): Promise<Reply> {
  run.requestsSent += 1;
  run.requests.push(request);
  const reply = await run.world.http(request);
  sent.push({
    text: textOf(run, request),
    reply,
    moments: momentsOf(run, request, reply),
    knowledge: knowledgeOf(request, reply),
  });
  return reply;
}

function textOf(run: Run, { name, params }: HttpRequest): string {
  return [name, ...Object.values(params).map((value) => shortOf(run, value))].join(' ');
}

function knowledgeOf({ name }: HttpRequest, reply: Reply): Sent['knowledge'] {
  if (reply.kind === 'lost' || reply.status >= 500 || reply.status === 429) return 'unknown';
  const isReprogramming = name === 'createReprogramming' || name === 'pushReprogramming';
  if (isReprogramming && reply.status === 202) return 'under-way';
  // The container is locked for longer than a request waits, which a fault can bring about.
  const isLocked =
    reply.body['code'] === 'reprogramming-in-flight' && String(reply.body['detail']).includes('at this moment');
  return isLocked ? 'under-way' : 'told';
}

interface CreateReprogramming {
  readonly context: string;
  readonly activate?: Manual['activate'];
  readonly deactivate?: Manual['deactivate'];
  readonly preview?: boolean;
}

/** What a request does, moment by moment, in the model. */
function momentsOf(run: Run, { name, params, body }: HttpRequest, reply: Reply): Moment[] {
  const { license: id = '', serial = '' } = params;
  const settle = (context: string): Moment => ({ run: (model) => rules.settle(model, toldOf(run, context).context) });
  switch (name) {
    case 'createOrder':
      return [{ run: (model) => orderMoment(run, model, (body as { orderId: string }).orderId) }];
    case 'withdrawLicense':
      return [{ run: (model) => rules.withdraw(model, id) }];
    case 'replaceLicense':
      return [{ run: (model) => replaceMoment(run, model, id, (body as { product: string }).product, reply) }];
    case 'assignLicense':
      return [{ run: (model) => rules.assign(model, id, serial) }];
    case 'cancelAssignment':
      return [{ run: (model) => rules.cancel(model, id, 'assign', serial) }];
    case 'cancelWithdrawal':
      return [{ run: (model) => rules.cancel(model, id, 'withdraw', '') }];
    case 'cancelReplacement':
      return [{ run: (model) => rules.cancel(model, id, 'replace', '') }];
    case 'pushReprogramming':
      return [{ run: (model) => pushMoment(model, serial) }];
    case 'createReprogramming': {
      const { context, activate = [], deactivate = [], preview = false } = body as CreateReprogramming;
      const { jti } = toldOf(run, context);
      const key = activate.length + deactivate.length === 0 ? '' : JSON.stringify([jti, activate, deactivate]);
      const { serial: own } = toldOf(run, context).context;
      return [settle(context), { run: (model) => rules.reprogram(model, own, { key, activate, deactivate }, preview) }];
    }
    case 'createReceipt':
      return [settle((body as { context: string }).context), { run: () => ({ status: 200 }) }];
    case 'findAutoUpdates': {
      const { context } = body as { context: string };
      const { serial: own } = toldOf(run, context).context;
      return [
        settle(context),
        { run: () => ({ status: 200 }), check: (model, told) => hasPending(model, own, told['items']) },
      ];
    }
    case 'retireContainer':
      return retirementMoments(serial, (body as { licenses: 'withdraw' | 'restore' }).licenses);
    case 'getContainer':
      return [
        { run: (model) => seeContainer(model, serial), check: (model, told) => showsContainer(model, serial, told) },
      ];
    case 'getLicense':
      return [{ run: () => ({ status: 200 }), check: (model, told) => showsLicense(model, id, told) }];
    case 'getTicket':
      return [
        {
          run: () => ({ status: 200 }),
          check: (model, told) => showsTicket(model, params['code'] ?? '', told['licenses']),
        },
      ];
    default:
      throw new Error(`The model knows no request ${name}`);
  }
}

function toldOf(run: Run, context: string): Told {
  const told = run.contexts.get(context);
  if (told === undefined) throw new Error('A context that nobody made');
  return told;
}

function orderMoment(run: Run, model: rules.Model, orderId: string): rules.Expected | 'impossible' {
  const { table } = run.world;
  const stored = table.get(`ORDER#${orderId}`, 'ORDER');
  if (stored === undefined) return 'impossible';
  const items = table.partition(`TICKET#${String(stored['ticket'])}`).filter((item) => item['standing'] !== undefined);
  const delivered = items.filter((item) => item['predecessor'] === undefined);
  return rules.order(
    model,
    delivered.map((item) => ({
      id: String(item['id']),
      ticket: String(item['ticket']),
      product: String(item['product']),
      requires: requiresOf(String(item['product'])),
      isExpired: (item['terms'] as { expiresAt?: string }).expiresAt !== undefined,
    })),
  );
}

function requiresOf(product: string): readonly string[] {
  return PRODUCTS.find(({ code }) => code === product)?.requires ?? [];
}

/** The new license has the id that the answer says; when nobody was told, the one that the table has for it. */
function replaceMoment(run: Run, model: rules.Model, id: string, product: string, reply: Reply): rules.Expected {
  const told = reply.kind === 'answer' ? (reply.body['license'] as { id?: string } | string | undefined) : undefined;
  const toldId = typeof told === 'object' ? told.id : undefined;
  const unknown = run.invariants.successorsOf(id).find((successor) => !model.licenses.has(successor));
  const isExpired = model.licenses.get(id)?.isExpired ?? false;
  // An answer may name the license that an earlier order made.
  const isFresh = toldId !== undefined && !model.licenses.has(toldId);
  const fresh = isFresh ? toldId : (unknown ?? `nobody-saw-the-successor-of-${id}`);
  return rules.replace(model, id, { id: fresh, product, requires: requiresOf(product), isExpired });
}

function pushMoment(model: rules.Model, serial: string): rules.Expected {
  if (!model.containers.has(serial)) return { status: 404, code: 'not-found' };
  return rules.reprogram(model, serial, { key: '', activate: [], deactivate: [] }, false);
}

/** Asked again, a retirement goes on as the vendor said first. */
function retirementMoments(serial: string, licenses: 'withdraw' | 'restore'): Moment[] {
  return [
    {
      run: (model) => {
        const before = model.containers.get(serial);
        if (before?.isRetired === true && before.retirement === undefined) return { status: 200 };
        const refused = rules.block(model, serial, licenses);
        return refused.status === 200 ? undefined : refused;
      },
    },
    {
      run: (model) => {
        rules.releaseAssigned(model, serial);
        return undefined;
      },
    },
    { run: (model) => rules.endStays(model, serial) },
  ];
}

function hasPending(model: rules.Model, serial: string, items: unknown): boolean {
  const told = (items as { action: string; license: string }[]).map(({ action, license }) => `${action} ${license}`);
  return sameSet(
    [...rules.pendingOf(model, serial)].map(([id, { kind }]) => `${kind} ${id}`),
    told,
  );
}

function seeContainer(model: rules.Model, serial: string): rules.Expected {
  return model.containers.has(serial) ? { status: 200 } : { status: 404, code: 'not-found' };
}

function showsContainer(model: rules.Model, serial: string, told: Readonly<Record<string, unknown>>): boolean {
  const container = model.containers.get(serial);
  if (container === undefined || told['code'] !== undefined) return container === undefined;
  const { confirmed, isRetired } = container;
  if (told['counter'] !== confirmed || told['status'] !== (isRetired ? 'retired' : 'active')) return false;
  if (isRetired) return true;
  const outstanding = told['outstanding'] as string[];
  const target = told['target'] as { counter: number };
  return (
    hasPending(model, serial, told['pending']) &&
    outstanding.length === rules.issuedOf(container) - confirmed &&
    target.counter === rules.issuedOf(container) &&
    sameSet([...rules.targetOf(model, serial)], told['licenses'] as string[])
  );
}

function stateOf(model: rules.Model, { place }: rules.ModelLicense): string {
  switch (place.on) {
    case 'ticket':
      return 'available';
    case 'container':
      return place.counter <= rules.knownContainer(model, place.serial).confirmed
        ? 'confirmed-collected'
        : 'collected-without-receipt';
    case 'way-out':
      return 'returned-without-receipt';
    case 'gone':
      return place.as;
  }
}

function showsLicense(model: rules.Model, id: string, told: Readonly<Record<string, unknown>>): boolean {
  const license = model.licenses.get(id);
  if (license === undefined || told['state'] !== stateOf(model, license)) return false;
  const { place } = license;
  const pending = told['pending'] as { action?: string } | undefined;
  const expected =
    place.on === 'ticket'
      ? place.assignedTo === undefined
        ? undefined
        : 'assign'
      : place.on === 'gone'
        ? undefined
        : place.order?.kind;
  if (pending?.action !== expected) return false;
  return place.on === 'ticket' || place.on === 'gone' || told['container'] === place.serial;
}

/** W1, R3, R4: neither final licenses nor replacements that are not yet on offer. */
function showsTicket(model: rules.Model, code: string, told: unknown): boolean {
  const expected = [...model.licenses.values()].filter(
    ({ ticket, place }) =>
      ticket === code && place.on !== 'gone' && !(place.on === 'ticket' && place.waitsFor !== undefined),
  );
  const shown = told as { id: string; state: string }[];
  return sameSet(
    expected.map((license) => `${license.id} ${stateOf(model, license)}`),
    shown.map(({ id, state }) => `${id} ${state}`),
  );
}

function pick<Item>(items: readonly Item[], number: number): Item {
  const item = items[number % items.length];
  if (item === undefined) throw new RangeError('There is nothing to pick from');
  return item;
}

/** Names that a person can tell apart: `container 1`, `license 0007`. */
function shortOf(run: Run, name: string): string {
  const number = run.customers.findIndex(({ identity: own }) => own.serial === name);
  if (number >= 0) return `container-${number}`;
  const license = run.model.licenses.get(name);
  if (license === undefined) return name.length > 20 ? `${name.slice(0, 8)}…` : name;
  return `${license.product}-${[...run.model.licenses.keys()].indexOf(name)}`;
}

function wordsOf(run: Run, { activate, deactivate }: Manual): string {
  const words = [
    ...activate.map(({ license }) => `activate ${shortOf(run, license)}`),
    ...deactivate.map((id) => `deactivate ${shortOf(run, id)}`),
  ];
  return words.length === 0 ? 'nothing' : words.join(', ');
}

function inShort(reply: Reply): string {
  if (reply.kind === 'lost') return 'no answer';
  const { code, status } = reply.body;
  return [reply.status, code ?? status ?? ''].join(' ').trim();
}
