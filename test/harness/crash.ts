/** Kills the whole runtime in the middle of reprogrammings, and checks its state after the restart. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { openExecutionJournal } from '../../local/execution-journal.ts';
import { openHomeTable } from '../../local/local-table.ts';
import { DEFAULT_TABLE_NAME } from '../../local/runtime.ts';
import { openDatabase } from '../../table/index.ts';
import type { LicenseBody, OrderBody } from './answers.ts';
import { startChildRuntime } from './child-runtime.ts';
import type { Reply } from './client.ts';
import { type Chosen, type Customer, connect, fresh, ok, present } from './world.ts';

type Outside = Awaited<ReturnType<typeof connect>>;

/** More licenses than a transaction holds: the plan reserves them in chunks. */
const MANY = 120;
/** Round trips until all vendor actions are carried out. */
const MOST_SYNCS = 5;
/** The kill follows this many of about forty answers, and some milliseconds: on any machine, in the middle. */
const LATEST_KILL_ANSWERS = 20;
const LATEST_KILL_MS = 40;

/** The commands of a customer and the vendor for one container, and the state that they must lead to. */
interface Job {
  readonly customer: Customer;
  readonly chosen: Chosen;
  /** The vendor action, sent while the customer asks. */
  order?(world: Outside): Promise<Reply>;
  /** Licenses that the container must hold in the end; the replacement of one is found by its link. */
  readonly holds: readonly string[];
  readonly states: Readonly<Record<string, string>>;
  readonly replaced?: string;
}

export interface CrashRound {
  /** Answers that the load had received before. */
  readonly killedAfter: number;
  readonly resumed: number;
  readonly faults: readonly string[];
}

/** Each `round` kills the process under load, restarts it and checks everything. */
export interface CrashTest {
  round(): Promise<CrashRound>;
  /** Ends the last process with SIGTERM. @returns the faults in the state that it leaves. */
  close(): Promise<readonly string[]>;
}

export async function startCrashTest(home: string): Promise<CrashTest> {
  let child = await startChildRuntime(home);
  return {
    async round() {
      const before = await connect(child.url, child.token);
      const jobs = await makeJobs(before);
      const orders = Array.from({ length: 6 }, () => fresh('order'));
      const acknowledged = new Map<string, OrderBody>();
      const answers = countAnswers();
      const load = [
        ...jobs.flatMap((job) => [
          work(job, answers.one),
          job.order === undefined ? undefined : attempt(job.order(before).then(answers.one)),
        ]),
        ...orders.map((orderId) => attempt(sellOne(before, orderId, acknowledged).then(answers.one))),
      ];
      const killedAfter = randomInt(LATEST_KILL_ANSWERS);
      await answers.reach(killedAfter);
      await new Promise((resolve) => setTimeout(resolve, randomInt(LATEST_KILL_MS)));
      await child.end('SIGKILL');
      await Promise.all(load);

      child = await startChildRuntime(home);
      const after = await connect(child.url, child.token);
      const faults = [
        ...(await Promise.all(jobs.map((job) => finish(after, rejoin(after, job))))).flat(),
        ...(await Promise.all(orders.map((orderId) => checkOrder(after, orderId, acknowledged.get(orderId))))).flat(),
        ...(await leftovers(home)),
      ];
      const [, resumed = '0'] = /Resuming (\d+)/.exec(child.output()) ?? [];
      return { killedAfter, resumed: Number(resumed), faults };
    },
    async close() {
      await child.end('SIGTERM');
      const database = openDatabase(join(home, 'relicense.db'));
      const journal = openExecutionJournal(database, 'reprogrammings', Date.now());
      const unfinished = journal.unfinished().map(({ name }) => `The execution ${name} is unfinished`);
      await database.close();
      return unfinished;
    },
  };
}

let product: Promise<string> | undefined;

async function makeJobs(world: Outside): Promise<Job[]> {
  product ??= world.product();
  const code = await product;
  const jobs: Job[] = [];
  for (let index = 0; index < 12; index++) {
    const many = index === 5 ? MANY : 1;
    const { licenses } = await world.order([{ product: code, quantity: 2 + many }]);
    const [a, c, ...b] = licenses as readonly [LicenseBody, LicenseBody, ...LicenseBody[]];
    const customer = await world.customer();
    await customer.sync({ activate: [a] });
    jobs.push(jobOf(index % 6, customer, a, b, c));
  }
  return jobs;
}

function jobOf(kind: number, customer: Customer, a: LicenseBody, b: readonly LicenseBody[], c: LicenseBody): Job {
  const wanted = b.map(({ id }) => id);
  const got = Object.fromEntries(wanted.map((id) => [id, 'confirmed-collected']));
  const activate: Job = {
    customer,
    chosen: { activate: b },
    holds: [a.id, ...wanted],
    states: { [a.id]: 'confirmed-collected', [c.id]: 'available', ...got },
  };
  switch (kind) {
    case 1:
      return {
        ...activate,
        chosen: { activate: b, deactivate: [a.id] },
        holds: wanted,
        states: { ...activate.states, [a.id]: 'available' },
      };
    case 2:
      return {
        ...activate,
        order: (world) => world.vendor('POST', `/licenses/${a.id}/withdrawal`, { body: {} }),
        holds: wanted,
        states: { ...activate.states, [a.id]: 'withdrawn' },
      };
    case 3:
      return {
        ...activate,
        order: (world) => world.vendor('POST', `/licenses/${a.id}/replacement`, { body: { terms: { quantity: 2 } } }),
        holds: wanted,
        states: { ...activate.states, [a.id]: 'replaced' },
        replaced: a.id,
      };
    case 4:
      return {
        ...activate,
        order: (world) => world.vendor('PUT', `/containers/${customer.serial}/assignments/${c.id}`),
        holds: [...activate.holds, c.id],
        states: { ...activate.states, [c.id]: 'confirmed-collected' },
      };
    default:
      return activate;
  }
}

/** A customer's whole round trip, which the crash may interrupt. */
async function work({ customer, chosen }: Job, answered: () => void): Promise<void> {
  const roundTrip = async (): Promise<void> => {
    const { updates } = await customer.reprogram(chosen);
    answered();
    await customer.apply(updates);
    ok(await customer.receipt(), 200);
    answered();
  };
  await attempt(roundTrip());
}

function countAnswers(): { one(): void; reach(count: number): Promise<void> } {
  let count = 0;
  let wanted = Number.POSITIVE_INFINITY;
  const reached = Promise.withResolvers<void>();
  const look = (): void => {
    if (count >= wanted) reached.resolve();
  };
  return {
    one() {
      count += 1;
      look();
    },
    reach(least) {
      wanted = least;
      look();
      return reached.promise;
    },
  };
}

/** A request to a server that may be gone. */
async function attempt(request: Promise<unknown>): Promise<void> {
  await request.catch((error: unknown) => {
    const isCutOff = error instanceof TypeError && error.message === 'fetch failed';
    const isEnded = error instanceof TypeError && error.message === 'terminated';
    if (!isCutOff && !isEnded) throw error;
  });
}

async function sellOne(world: Outside, orderId: string, acknowledged: Map<string, OrderBody>): Promise<void> {
  acknowledged.set(orderId, await world.order([{ product: await present(product), quantity: 3 }], orderId));
}

/** The same container, at the new address of the runtime. */
function rejoin(world: Outside, job: Job): Promise<Job> {
  return world.customer(job.customer.container).then((customer) => ({ ...job, customer }));
}

/** What a client does after an interruption: syncs, and asks for what is missing, until nothing is left. */
async function finish(world: Outside, rejoined: Promise<Job>): Promise<string[]> {
  const { customer, chosen, order, holds, states, replaced } = await rejoined;
  const faults: string[] = [];
  await customer.sync();
  const held = () => new Set(customer.container.content.licenses.map(({ id }) => id));
  const activate = (chosen.activate ?? []).filter(({ id }) => !held().has(id));
  const deactivate = (chosen.deactivate ?? []).filter((id) => held().has(id));
  if (activate.length + deactivate.length > 0) await customer.sync({ activate, deactivate });
  if (order !== undefined) {
    // If it was already carried out, it is refused as final or as not available.
    const { status, text } = await order(world);
    if (![200, 202, 409].includes(status)) faults.push(`The vendor's order was answered ${status}: ${text}`);
  }
  for (let again = 0; again < MOST_SYNCS; again++) if ((await customer.sync()).status === 'unchanged') break;

  const view = await world.containerOf(customer.serial);
  const { content } = customer.container;
  if (view.outstanding.length + view.pending.length > 0) faults.push(`Left over: ${JSON.stringify(view)}`);
  if (view.counter !== content.counter || view.counter !== view.target.counter) faults.push('The counters differ');
  const expected = [...holds];
  if (replaced !== undefined) expected.push(present((await world.license(replaced)).successor));
  if ([...held()].sort().join() !== expected.sort().join()) faults.push(`Holds ${[...held()]}, not ${expected}`);
  if ([...view.licenses].sort().join() !== expected.join()) faults.push(`The vendor sees ${view.licenses}`);
  for (const [id, state] of Object.entries(states)) {
    const is = (await world.license(id)).state;
    if (is !== state) faults.push(`${id} is ${is}, not ${state}`);
  }
  return faults;
}

/** Acknowledged orders exist; others can be sent again and exist once. */
async function checkOrder(world: Outside, orderId: string, acknowledged: OrderBody | undefined): Promise<string[]> {
  const again = await world.order([{ product: await present(product), quantity: 3 }], orderId);
  const faults: string[] = [];
  if (acknowledged !== undefined && JSON.stringify(acknowledged) !== JSON.stringify(again)) {
    faults.push(`The order ${orderId} was acknowledged with another content`);
  }
  const delivered = (await world.historyOf({ order: orderId })).filter(({ type }) => type === 'license.delivered');
  if (again.licenses.length !== 3 || delivered.length !== 3) faults.push(`The order ${orderId} was delivered twice`);
  return faults;
}

/** Reads locks of containers and reservations of plans from the table (I8). */
async function leftovers(home: string): Promise<string[]> {
  const { documents, close } = openHomeTable(join(home, 'relicense.db'), DEFAULT_TABLE_NAME);
  const faults: string[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({
        TableName: DEFAULT_TABLE_NAME,
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      if (item.sk === 'CONTAINER' && item.lock !== undefined)
        faults.push(`${item.serial} is locked by ${item.lock.reprogramming}`);
      if (item.standing?.reservation?.for === 'activate') faults.push(`${item.id} is reserved by nobody`);
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  await close();
  return faults;
}
