/** Turns commands into requests of vendors, users and containers, by choosing among the existing licenses and containers. */
import type { EndpointName } from '../../contract/endpoints.ts';
import type { TaskEvent } from '../../contract/tasks.ts';
import { digestOf, type Wishes, wishOf } from '../../protocol/index.ts';
import { applyToHolding, contextOfHolding } from '../harness/holding.ts';
import { atomicStepsOf, completionOf, type Manual } from './atomic-steps.ts';
import type { SentRequest } from './checker.ts';
import { type Command, UNANSWERED } from './commands.ts';
import { Violation } from './invariants.ts';
import { knownContainer, type ModelLicense } from './model.ts';
import { count, DAYS_21, type Instance, PRODUCTS, pick, type Run, shortOf } from './run.ts';
import type { HttpRequest, Reply } from './world.ts';

/** Ends that a renewal gives; few, so that the same one is given again. */
const ENDS = ['2061-01-01T00:00:00Z', '2062-01-01T00:00:00Z', '2063-01-01T00:00:00Z'];
const EXPIRED = '2026-01-01T00:00:00Z';
const NOTHING: Manual = { activate: [], deactivate: [] };

/** Sends the requests of one command. */
export async function client(run: Run, command: Command, sent: SentRequest[], texts: string[]): Promise<void> {
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
      await send(
        run,
        { name: 'createOrder', params: {}, body: { orderId: `order-${run.orders}`, items, allowExpired: true } },
        sent,
      );
      return;
    }
    case 'activate':
    case 'preview': {
      const request = manualOf(run, serial, b, c);
      say(`${shortOf(run, serial)} ${command.kind === 'preview' ? 'previews' : 'asks'} ${wordsOf(run, request)}`);
      await reprogram(run, customer, sent, request, command.kind === 'preview', c % UNANSWERED);
      return;
    }
    case 'sync':
      say(`${shortOf(run, serial)} syncs`);
      await reprogram(run, customer, sent, NOTHING, false, c % UNANSWERED);
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
        [{ counter: customer.holding.content.counter + 1 + (b % 3) }, { digest: `sha256:${'0'.repeat(64)}` }],
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
    case 'copy': {
      const { copy, copies } = customer;
      if (copy === undefined || b % 3 === 0) {
        say(`${shortOf(run, serial)} is copied`);
        customer.copies += 1;
        const { identity, holding, contexts } = customer;
        customer.copy = { identity, holding, contexts, name: `copy-${copies}-`, made: 0 };
        return;
      }
      const request = c % 3 === 0 ? NOTHING : manualOf(run, serial, b, c);
      say(`the copy of ${shortOf(run, serial)} asks ${wordsOf(run, request)}`);
      await reprogram(run, copy, sent, request, false, c % UNANSWERED);
      return;
    }
    case 'withdraw':
    case 'replace':
    case 'renew':
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
      const ids = [...run.reprogrammings].filter((id) => id.startsWith(serial));
      const byId = ids.length > 0 && b % 2 === 0;
      say(`${shortOf(run, serial)} fetches ${byId ? 'a reprogramming' : 'its updates'}`);
      const request: HttpRequest = byId
        ? { name: 'getReprogramming', params: { id: pick(ids, c) } }
        : { name: 'getUpdates', params: { serial }, query: { from: String(customer.holding.content.counter) } };
      const reply = await world.http(request);
      run.requestsSent += 1;
      // From an earlier or a later context: then the update does not fit, which the client must detect.
      await apply(run, customer, reply, byId);
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
      count(run.coverage, 'repeated');
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

const STEP_TASKS = {
  withdraw: 'Withdraw',
  deactivate: 'Deactivate',
  assign: 'Assign',
  replace: 'Replace',
  activate: 'Activate',
} as const;

/** Repeats a task's event long after its delivery. `Confirm` only after it has run. */
function lateTask(run: Run, b: number, c: number, say: (text: string) => void): void {
  const containers = [...run.model.containers.values()].filter(({ updates }) => updates.length > 0);
  if (containers.length === 0) return;
  const { serial, updates, confirmed } = pick(containers, b);
  const { counter, executed } = pick(updates, c);
  const steps = (Object.keys(STEP_TASKS) as (keyof typeof STEP_TASKS)[]).filter((step) => executed[step].length > 0);
  const task = pick(
    [...steps.map((step) => STEP_TASKS[step]), 'ReportOverdue', ...(counter > confirmed ? [] : ['Confirm'])],
    b + c,
  );
  const plan = run.world.table.get(`CONTAINER#${serial}`, `REPROGRAMMING#${String(counter).padStart(10, '0')}`);
  const reprogramming = String(plan?.['id']);
  say(`a late ${task} of update ${counter} of ${shortOf(run, serial)}`);
  const work = { withdraw: 1, deactivate: 1, assign: 1, replace: 1, activate: 1 };
  // No execution waits for a late event.
  void run.world.startTask(reprogramming, {
    task,
    input: { reprogramming, container: serial, counter, work },
  } as TaskEvent);
}

async function vendorOrder(
  run: Run,
  { kind, b, c }: Command,
  serial: string,
  sent: SentRequest[],
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
    case 'renew': {
      const expiresAt = pick(ENDS, c >> 2);
      say(`renew ${name} until ${expiresAt}`);
      await send(run, { name: 'renewLicense', params: { license: id }, body: { expiresAt } }, sent);
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
      const what = c % 6 === 0 ? pick(['withdraw', 'replace', 'assign', 'renew'] as const, c) : own;
      say(`cancel ${what} of ${name}`);
      const where = place.on === 'ticket' && place.assignedTo !== undefined && c % 5 > 0 ? place.assignedTo : serial;
      const params = what === 'assign' ? { serial: where, license: id } : { license: id };
      await send(run, { name: CANCELLATIONS[what], params: { ...params } }, sent);
    }
  }
}

const CANCELLATIONS = {
  withdraw: 'cancelWithdrawal',
  replace: 'cancelReplacement',
  assign: 'cancelAssignment',
  renew: 'cancelRenewal',
} as const satisfies Readonly<Record<string, EndpointName>>;

/** Usually a license for which the vendor action makes sense, sometimes any. */
function licenseFor({ model }: Run, kind: string, b: number, c: number): ModelLicense | undefined {
  const all = [...model.licenses.values()];
  const fits = ({ place }: ModelLicense): boolean => {
    if (kind === 'assign') return place.on === 'ticket';
    if (kind !== 'cancel') return place.on === 'container' || (c % 3 === 0 && place.on !== 'gone');
    return place.on === 'ticket' ? place.assignedTo !== undefined : place.on !== 'gone' && place.order !== undefined;
  };
  const fitting = c % 11 === 0 ? all : all.filter(fits);
  return fitting.length === 0 ? (all.length === 0 ? undefined : pick(all, b)) : pick(fitting, b);
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
    // Usually with the required licenses, because the request would be refused without them.
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
  license: ModelLicense,
  free: readonly ModelLicense[],
  held: readonly ModelLicense[],
): ModelLicense[] {
  const required = license.requires.flatMap((code) => {
    if (held.some(({ product }) => product === code)) return [];
    const other = free.find(({ product }) => product === code);
    return other === undefined ? [] : withRequired(other, free, held);
  });
  return [...required, license];
}

/** `luck`: 0 the answer is lost, 1 it is not imported yet, 3 and more the receipt follows at once. */
async function reprogram(
  run: Run,
  customer: Instance,
  sent: SentRequest[],
  manual: Manual,
  isPreview: boolean,
  luck: number,
): Promise<void> {
  const context = await contextOf(run, customer, {}, manual);
  const body = { context, ...manual, ...(isPreview ? { preview: true } : {}) };
  const reply = await send(run, { name: 'createReprogramming', params: {}, body, wait: 10 }, sent);
  if (isPreview || luck < 2) return;
  await apply(run, customer, reply);
  if (luck < 3 || reply.kind === 'lost' || reply.status >= 400) return;
  await send(run, { name: 'createReceipt', params: {}, body: { context: await contextOf(run, customer) } }, sent);
}

/** Imports an answer. An issued update must always fit, unless it starts from another context. */
async function apply(run: Run, customer: Instance, reply: Reply, mayHaveGap = false): Promise<void> {
  if (reply.kind === 'lost' || reply.status >= 400) return;
  const { updates } = reply.body as { readonly updates: readonly unknown[] };
  if (updates.length > 0 && knownContainer(run.model, customer.identity.serial).isRetired)
    throw new Violation('T7', `${customer.identity.serial} is retired but received an update`);
  const { holding, fault } = await applyToHolding(customer.holding, reply.body);
  if (fault !== undefined && mayHaveGap && fault.code === 'gap') return;
  if (fault !== undefined) throw new Violation('T1', `${customer.identity.serial} refuses an update: ${fault.code}`);
  customer.holding = holding;
}

async function contextOf(
  run: Run,
  customer: Instance,
  change: { counter?: number; digest?: string } = {},
  wishes: Wishes = {},
): Promise<string> {
  customer.made += 1;
  const { serial } = customer.identity;
  const isGenuine = change.counter === undefined && change.digest === undefined;
  const { content } = customer.holding;
  const position = { counter: content.counter, digest: await digestOf(content), ...change };
  const clock = Math.floor(run.world.scheduler.now() / 1000);
  const make = async (id: string, wanted: Wishes): Promise<string> => {
    const jti = `${serial.slice(0, 6)}-${customer.name}${id}`;
    const options = { jti, clock, change: { ...change, wishes: wanted } };
    const made = await contextOfHolding(customer.identity, customer.holding, options);
    customer.holding = made.holding;
    run.contexts.set(made.text, { context: { serial, counter: position.counter, isGenuine }, jti });
    return made.text;
  };
  const hasWish = (await wishOf(wishes)) !== undefined;
  // A context with a wish is refused in any other request, so the container keeps one without for later.
  const plain = hasWish && isGenuine ? await make(`${customer.made}-plain`, {}) : undefined;
  const context = await make(`${customer.made}`, wishes);
  if (isGenuine) {
    run.invariants.contextSent(serial, position.counter, position.digest);
    customer.contexts.push(plain ?? context);
  }
  return context;
}

async function look(
  run: Run,
  { a, b }: Command,
  serial: string,
  sent: SentRequest[],
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

export async function send(run: Run, request: HttpRequest, sent: SentRequest[]): Promise<Reply> {
  run.requestsSent += 1;
  run.requests.push(request);
  const reply = await run.world.http(request);
  if (reply.kind === 'answer' && request.name.endsWith('Reprogramming') && typeof reply.body['id'] === 'string')
    run.reprogrammings.add(reply.body['id']);
  sent.push({
    text: textOf(run, request),
    reply,
    atomicSteps: atomicStepsOf(run, request, reply),
    completion: completionOf(run, request, reply),
  });
  return reply;
}

function textOf(run: Run, { name, params }: HttpRequest): string {
  return [name, ...Object.values(params).map((value) => shortOf(run, value))].join(' ');
}

function wordsOf(run: Run, { activate, deactivate }: Manual): string {
  const words = [
    ...activate.map(({ license }) => `activate ${shortOf(run, license)}`),
    ...deactivate.map((id) => `deactivate ${shortOf(run, id)}`),
  ];
  return words.length === 0 ? 'nothing' : words.join(', ');
}
