/** A bulk withdrawal whose runtime is killed in the middle, and the report that it must end with. */
import { randomInt } from 'node:crypto';
import type { LicenseBody } from './answers.ts';
import { type BulkOrderBody, bulkOrders, type ReportLine } from './bulk-orders.ts';
import { startChildRuntime } from './child-runtime.ts';
import { connect, fresh, ok, present } from './world.ts';

type Outside = Awaited<ReturnType<typeof connect>>;

/** Licenses per order, and how many of them go into a container. */
const SOLD_AT_ONCE = 100;
const HELD = 6;
const POLL_MS = 5;
const LATEST_KILL_MS = 40;

export interface BulkCrashOptions {
  readonly licenses: number;
  /** How often the process is killed: right after the order, and then each time after more progress. */
  readonly kills: number;
}

export interface BulkCrashResult {
  readonly order: BulkOrderBody;
  /** The progress just before each kill. */
  readonly killedAt: readonly { readonly status: string; readonly done: number }[];
  /** From the order to its end, including the restarts. */
  readonly milliseconds: number;
  readonly faults: readonly string[];
}

/** Sells licenses, orders their withdrawal in bulk, kills and restarts the runtime, and checks the end. */
export async function crashBulkOrder(home: string, { licenses, kills }: BulkCrashOptions): Promise<BulkCrashResult> {
  let child = await startChildRuntime(home);
  let world = await connect(child.url, child.token);
  const customer = fresh('customer');
  const sold = await sell(world, customer, licenses);
  const startedAt = Date.now();
  const body = { action: 'withdraw', query: { customer }, reason: 'recalled' };
  const { id } = ok(await world.vendor<BulkOrderBody>('POST', '/bulk-orders', { body }), 202);
  const killedAt: { status: string; done: number }[] = [];
  for (let kill = 0; kill < kills; kill++) {
    await reach(world, id, Math.ceil((licenses * kill) / (2 * kills)));
    await new Promise((resolve) => setTimeout(resolve, randomInt(LATEST_KILL_MS)));
    const { status, progress } = await found(world, id);
    await child.end('SIGKILL');
    killedAt.push({ status, done: progress.selected - progress.open });
    child = await startChildRuntime(home);
    world = await connect(child.url, child.token);
  }
  const bulk = bulkOrders(world.vendor);
  const order = await bulk.end(id);
  const milliseconds = Date.now() - startedAt;
  const report = await bulk.report(id, undefined, 1_000);
  const faults = [...faultsOfReport(order, report, sold), ...(await faultsOfHistory(world, sold))];
  await child.end('SIGTERM');
  return { order, killedAt, milliseconds, faults };
}

interface Sold {
  readonly orderIds: readonly string[];
  /** The outcome that each license must have. */
  readonly outcomes: ReadonlyMap<string, string>;
}

/**
 * The last licenses of each order go into a container, together with an add-on of another order that requires one of them,
 * whose withdrawal must be refused. Another license is an add-on, which must be withdrawn before its base license.
 */
async function sell(world: Outside, customer: string, licenses: number): Promise<Sold> {
  const base = await world.product();
  const addOn = await world.product([base]);
  const needed = await world.product();
  const needy = await world.product([needed]);
  const outcomes = new Map<string, string>();
  const orderIds: string[] = [];
  for (let count = 0; count < licenses; count += SOLD_AT_ONCE) {
    const quantity = Math.min(SOLD_AT_ONCE, licenses - count);
    const items = [{ product: base, quantity: quantity - 2 }, { product: needed }, { product: addOn }];
    const body = { orderId: fresh('order'), customer, items };
    const ordered = ok(await world.vendor<{ licenses: LicenseBody[] }>('POST', '/orders', { body }), 201).licenses;
    const held = ordered.slice(-HELD);
    await (await world.customer()).sync({ activate: [...held, ...(await world.sell(needy))] });
    orderIds.push(body.orderId);
    for (const { id } of ordered) outcomes.set(id, 'withdrawn');
    for (const { id, product } of held) outcomes.set(id, product === needed ? 'refused' : 'pending');
  }
  return { orderIds, outcomes };
}

const found = async (world: Outside, id: string): Promise<BulkOrderBody> =>
  ok(await world.vendor<BulkOrderBody>('GET', `/bulk-orders/${id}`));

async function reach(world: Outside, id: string, done: number): Promise<void> {
  for (;;) {
    const { status, progress } = await found(world, id);
    if (progress.selected - progress.open >= done || status === 'done') return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Checks one line per sold license with its expected outcome, and counts that agree with the lines. */
function faultsOfReport(order: BulkOrderBody, report: readonly ReportLine[], { outcomes }: Sold): string[] {
  const faults: string[] = [];
  if (order.status !== 'done') faults.push(`The bulk order is ${order.status}`);
  if (report.length !== outcomes.size) faults.push(`${report.length} lines for ${outcomes.size} licenses`);
  const counts: Record<string, number> = { selected: report.length };
  for (const { license, outcome } of report) {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    const expected = outcomes.get(license);
    if (outcome !== expected) faults.push(`${license} is ${outcome}, not ${expected}`);
  }
  for (const [name, count] of Object.entries(order.progress)) {
    if (count !== (counts[name] ?? 0))
      faults.push(`${count} are counted as ${name}, and the lines have ${counts[name]}`);
  }
  return faults;
}

/** Checks that the history has each accepted action once, and no refused one. */
async function faultsOfHistory(world: Outside, { orderIds, outcomes }: Sold): Promise<string[]> {
  const response = new Map<string, string[]>();
  for (const order of orderIds) {
    for (const { type, license } of await world.historyOf({ order })) {
      if (license === undefined || (type !== 'license.withdrawn' && type !== 'withdrawal.ordered')) continue;
      response.set(license, [...(response.get(license) ?? []), type]);
    }
  }
  const expected = { withdrawn: 'license.withdrawn', pending: 'withdrawal.ordered', refused: '' };
  return [...outcomes].flatMap(([license, outcome]) => {
    const events = (response.get(license) ?? []).join();
    const wanted = present(expected[outcome as keyof typeof expected]);
    return events === wanted ? [] : [`The history of ${license}, which is ${outcome}, has the events "${events}"`];
  });
}
