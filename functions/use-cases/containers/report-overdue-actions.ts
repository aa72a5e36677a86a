import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { EventType } from '../../../domain/history.ts';
import { licenseOfAction, overdueSince, type PendingAction } from '../../../domain/pending.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type Entry, putEntry } from '../../store/container-entry-item.ts';
import { putHead } from '../../store/container-head-item.ts';
import { orderHistory } from '../../store/history-items.ts';
import { overduePositionKey, PENDING_INDEX } from '../../store/keys.ts';
import { getItem, queryIndex } from '../../store/queries.ts';
import { commit } from '../../store/transactions.ts';
import { loadContainer, nextHead, pendingOf } from './container.ts';
import { pendingLicenses } from './pending-licenses.ts';

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

/**
 * Tells the vendor of the actions that are pending too long: one history event for each order, which leaves like any other
 * event. What was told is written beside the pending action, in the transaction of the event: told once, however often
 * this runs, and told anew of an order that was cancelled and given again. A run that has to stop keeps its place.
 */
export async function reportOverdueActions(dependencies: Dependencies, settings: OverdueSettings): Promise<OverdueRun> {
  const now = dependencies.now().getTime();
  const before = now - settings.afterDays * DAY_MILLISECONDS;
  const most = settings.containersPerRun ?? CONTAINERS_PER_RUN;
  const kept = await keptPosition(dependencies);
  let cursor = kept;
  let reported = 0;
  let containers = 0;
  const failed: string[] = [];
  for (;;) {
    const page = await queryIndex(dependencies, PENDING_INDEX, Math.min(PAGE, most - containers), cursor);
    for (const { indexSk: serial } of page.items) {
      try {
        reported += await reportContainer(dependencies, serial, before);
      } catch (error) {
        // The others must not wait for one that cannot be read or keeps changing.
        console.error(error);
        failed.push(serial);
      }
    }
    containers += page.items.length;
    cursor = page.next;
    const isOver = containers >= most || dependencies.now().getTime() - now >= RUN_MILLISECONDS;
    if (cursor === undefined || isOver) break;
  }
  if (cursor !== kept) await keepPosition(dependencies, cursor);
  if (failed.length > 0) throw new Error(`Overdue actions of ${failed.length} containers could not be reported`);
  return { reported, containers, finished: cursor === undefined };
}

const position = z.object({ cursor: z.optional(z.string()) });

async function keptPosition(dependencies: Dependencies): Promise<string | undefined> {
  const item = await getItem(dependencies, overduePositionKey);
  return item === undefined ? undefined : position.parse(item).cursor;
}

async function keepPosition(dependencies: Dependencies, cursor: string | undefined): Promise<void> {
  const Item = { ...overduePositionKey, cursor, at: dependencies.now().toISOString() };
  await dependencies.documents.send(new PutCommand({ TableName: dependencies.tableName, Item }));
}

async function reportContainer(dependencies: Dependencies, serial: string, before: number): Promise<number> {
  let reported = 0;
  for (;;) {
    const more = await reportSomeActions(dependencies, serial, before);
    if (more === 0) return reported;
    reported += more;
  }
}

/** @returns how many actions were reported in one transaction; 0 when none is left to report. */
function reportSomeActions(dependencies: Dependencies, serial: string, before: number): Promise<number> {
  return retryOnConflict(dependencies, `the overdue actions of container ${serial}`, async () => {
    const container = await loadContainer(dependencies, serial);
    // What a plan has taken up is about to be carried out, and a retired container takes nothing up any more.
    if (container.head.lock !== undefined || container.head.status !== 'active') return 0;
    const due = overdueSince(pendingOf(container), before).slice(0, ACTIONS_AT_ONCE);
    if (due.length === 0) return 0;
    const licenses = await pendingLicenses(dependencies, container);
    const overdueAt = dependencies.now().toISOString();
    const evidence = due.map((action) => {
      const license = licenses.get(licenseOfAction(action));
      if (license === undefined) throw new Error(`License ${licenseOfAction(action)} is pending, and missing`);
      const { orderedAt, reason } = action;
      const response = { orderedAt, ...(reason === undefined ? {} : { reason }) };
      return {
        type: TYPES[action.action],
        license: license.id,
        container: serial,
        orderId: license.orderId,
        ...response,
      };
    });
    const committed = await commit(dependencies, [
      putHead(dependencies, nextHead(container, {})),
      ...due.map((action) => {
        const entry = container.entries.get(licenseOfAction(action));
        if (entry === undefined) throw new Error(`The entry of ${licenseOfAction(action)} is missing`);
        const response: Entry = { ...entry, pending: { ...action, overdueAt } };
        return putEntry(dependencies, serial, response);
      }),
      ...orderHistory(dependencies, 'system', serial, evidence),
    ]);
    return committed === 'committed' ? due.length : 'changed';
  });
}

const TYPES: Readonly<Record<PendingAction['action'], EventType>> = {
  withdraw: 'withdrawal.overdue',
  replace: 'replacement.overdue',
  assign: 'assignment.overdue',
};
