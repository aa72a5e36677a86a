import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { EventType } from '../../domain/history.ts';
import { orderedLicense, overdueSince, type PendingAction } from '../../domain/pending.ts';
import { loadContainer, nextHead, pendingOf } from '../containers/container.ts';
import { pendingLicenses } from '../containers/pending-licenses.ts';
import type { Runtime } from '../ports.ts';
import { commit } from '../table/commit.ts';
import { type Entry, putEntry, putHead } from '../table/container-items.ts';
import { orderHistory } from '../table/history-items.ts';
import { overduePositionKey, PENDING_INDEX } from '../table/keys.ts';
import { getItem, queryIndex } from '../table/read.ts';

export interface OverdueSettings {
  /** Days that a vendor action may be pending before the vendor is told. */
  readonly afterDays: number;
  /** Containers that one run looks at; the next run goes on behind them. */
  readonly containersPerRun?: number;
}

export interface OverdueRun {
  /** Vendor actions that were reported. */
  readonly reported: number;
  /** Containers that were looked at. */
  readonly containers: number;
  /** Whether the end of the list was reached. */
  readonly finished: boolean;
}

const DAY_MILLISECONDS = 24 * 3600 * 1000;
/** A run ends well within the function's own limit, wherever it is. */
const RUN_MILLISECONDS = 240_000;
const CONTAINERS_PER_RUN = 10_000;
const PAGE = 50;
/** Each action writes an entry and perhaps a history of its own: with the head well within a transaction. */
const ACTIONS_AT_ONCE = 40;
const ATTEMPTS = 8;

/**
 * Tells the vendor of the actions that are pending too long: one history event for each order, which leaves like any other
 * event. What was told is written beside the pending action, in the transaction of the event: told once, however often
 * this runs, and told anew of an order that was cancelled and given again. A run that has to stop keeps its place.
 */
export async function reportOverdueActions(runtime: Runtime, settings: OverdueSettings): Promise<OverdueRun> {
  const now = runtime.now().getTime();
  const before = now - settings.afterDays * DAY_MILLISECONDS;
  const most = settings.containersPerRun ?? CONTAINERS_PER_RUN;
  const kept = await keptPosition(runtime);
  let cursor = kept;
  let reported = 0;
  let containers = 0;
  const failed: string[] = [];
  for (;;) {
    const page = await queryIndex(runtime, PENDING_INDEX, Math.min(PAGE, most - containers), cursor);
    for (const { indexSk: serial } of page.items) {
      try {
        reported += await reportContainer(runtime, serial, before);
      } catch (error) {
        // The others must not wait for one that cannot be read or keeps changing.
        console.error(error);
        failed.push(serial);
      }
    }
    containers += page.items.length;
    cursor = page.next;
    const isOver = containers >= most || runtime.now().getTime() - now >= RUN_MILLISECONDS;
    if (cursor === undefined || isOver) break;
  }
  if (cursor !== kept) await keepPosition(runtime, cursor);
  if (failed.length > 0) throw new Error(`Overdue actions of ${failed.length} containers could not be reported`);
  return { reported, containers, finished: cursor === undefined };
}

const position = z.object({ cursor: z.optional(z.string()) });

async function keptPosition(runtime: Runtime): Promise<string | undefined> {
  const item = await getItem(runtime, overduePositionKey);
  return item === undefined ? undefined : position.parse(item).cursor;
}

async function keepPosition(runtime: Runtime, cursor: string | undefined): Promise<void> {
  const Item = { ...overduePositionKey, cursor, at: runtime.now().toISOString() };
  await runtime.documents.send(new PutCommand({ TableName: runtime.tableName, Item }));
}

async function reportContainer(runtime: Runtime, serial: string, before: number): Promise<number> {
  let reported = 0;
  for (let attempt = 0; attempt < ATTEMPTS; ) {
    const container = await loadContainer(runtime, serial);
    // What a plan has taken up is about to be carried out, and a retired container takes nothing up any more.
    if (container.head.lock !== undefined || container.head.status !== 'active') return reported;
    const due = overdueSince(pendingOf(container), before).slice(0, ACTIONS_AT_ONCE);
    if (due.length === 0) return reported;
    const licenses = await pendingLicenses(runtime, container);
    const overdueAt = runtime.now().toISOString();
    const evidence = due.map((action) => {
      const license = licenses.get(orderedLicense(action));
      if (license === undefined) throw new Error(`License ${orderedLicense(action)} is pending, and missing`);
      const { orderedAt, reason } = action;
      const told = { orderedAt, ...(reason === undefined ? {} : { reason }) };
      return { type: TYPES[action.action], license: license.id, container: serial, orderId: license.orderId, ...told };
    });
    const committed = await commit(runtime, [
      putHead(runtime, nextHead(container, {})),
      ...due.map((action) => {
        const entry = container.entries.get(orderedLicense(action));
        if (entry === undefined) throw new Error(`The entry of ${orderedLicense(action)} is missing`);
        const told: Entry = { ...entry, pending: { ...action, overdueAt } };
        return putEntry(runtime, serial, told);
      }),
      ...orderHistory(runtime, 'system', serial, evidence),
    ]);
    if (committed === 'committed') reported += due.length;
    else attempt += 1;
  }
  throw new Error(`The container ${serial} keeps changing`);
}

const TYPES: Readonly<Record<PendingAction['action'], EventType>> = {
  withdraw: 'withdrawal.overdue',
  replace: 'replacement.overdue',
  assign: 'assignment.overdue',
};
