import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { defined } from '../../../domain/defined.ts';
import type { EventType } from '../../../domain/history.ts';
import { licenseOfAction, overdueSince, type PendingAction } from '../../../domain/pending.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { putEntry } from '../../store/container-entry-item.ts';
import { putHead } from '../../store/container-head-item.ts';
import { orderHistory } from '../../store/history-items.ts';
import { overduePositionKey, PENDING_INDEX } from '../../store/keys.ts';
import { getItem, queryIndex } from '../../store/queries.ts';
import { commit } from '../../store/transactions.ts';
import { inParallel } from '../in-parallel.ts';
import { loadContainer, nextHead, pendingOf } from './container.ts';
import { pendingLicenses } from './container-licenses.ts';

export interface OverdueSettings {
  /** Days after which a pending vendor action is overdue. */
  readonly afterDays: number;
  /** Containers that one call reads; the next call continues after them. Default: all. */
  readonly containersPerRun?: number;
  /** No container is read after this time, in milliseconds since 1970. Default: in 240 seconds. */
  readonly until?: number;
}

export interface OverdueReport {
  /** Vendor actions that were reported. */
  readonly reported: number;
  /** Containers that were read. */
  readonly containers: number;
  /** Whether the end of the list was reached. */
  readonly finished: boolean;
}

const DAY_MILLISECONDS = 24 * 3600 * 1000;
/** So that the function ends well before its time limit. */
const MAX_MILLISECONDS = 240_000;
const PAGE = 96;
const AT_ONCE = 16;
/** Each action writes an entry and at most one history item: with the head, at most 81 items of a transaction. */
const ACTIONS_AT_ONCE = 40;

/**
 * Reports the vendor actions that are pending for too long: one history event for each action, which is delivered like any other
 * event. The same transaction marks the pending action as reported, so that it is reported once, and again only if it is
 * cancelled and ordered again. A call that has to stop stores its position: the next call continues, or `continueOverdueActions`.
 */
export async function reportOverdueActions(
  dependencies: Dependencies,
  settings: OverdueSettings,
): Promise<OverdueReport> {
  const now = dependencies.now().getTime();
  const before = now - settings.afterDays * DAY_MILLISECONDS;
  const most = settings.containersPerRun ?? Number.POSITIVE_INFINITY;
  const until = settings.until ?? now + MAX_MILLISECONDS;
  const start = await loadPosition(dependencies);
  let cursor = start;
  let reported = 0;
  let containers = 0;
  const failed: string[] = [];
  for (;;) {
    const page = await queryIndex(dependencies, PENDING_INDEX, Math.min(PAGE, most - containers), cursor);
    await inParallel(page.items, AT_ONCE, async ({ indexSk: serial }) => {
      try {
        reported += await reportContainer(dependencies, serial, before);
      } catch (error) {
        // A container that cannot be read or written must not stop the report of the others.
        dependencies.log.error('The overdue actions of a container could not be reported', {
          container: serial,
          error,
        });
        failed.push(serial);
      }
    });
    containers += page.items.length;
    cursor = page.next;
    const isEnough = containers >= most || dependencies.now().getTime() >= until;
    if (cursor === undefined || isEnough) break;
  }
  if (cursor !== start) await savePosition(dependencies, cursor);
  if (failed.length > 0) throw new Error(`Overdue actions of ${failed.length} containers could not be reported`);
  return { reported, containers, finished: cursor === undefined };
}

/** Continues a report that had to stop, so that each pending container is read every day. Does nothing if the last one reached the end. */
export async function continueOverdueActions(
  dependencies: Dependencies,
  settings: OverdueSettings,
): Promise<OverdueReport> {
  if ((await loadPosition(dependencies)) === undefined) return { reported: 0, containers: 0, finished: true };
  return reportOverdueActions(dependencies, settings);
}

const position = z.object({ cursor: z.exactOptional(z.string()) });

async function loadPosition(dependencies: Dependencies): Promise<string | undefined> {
  const item = await getItem(dependencies, overduePositionKey);
  return item === undefined ? undefined : position.parse(item).cursor;
}

async function savePosition(dependencies: Dependencies, cursor: string | undefined): Promise<void> {
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
    // A locked container is about to carry out its actions, and a retired one carries out none.
    if (container.head.lock !== undefined || container.head.status !== 'active') return 0;
    const due = overdueSince(pendingOf(container), before).slice(0, ACTIONS_AT_ONCE);
    if (due.length === 0) return 0;
    const licenses = await pendingLicenses(dependencies, container);
    const overdueAt = dependencies.now().toISOString();
    const evidence = due.map((action) => {
      const license = licenses.get(licenseOfAction(action));
      if (license === undefined)
        throw new Error(`License ${licenseOfAction(action)} has a pending action, but is missing`);
      const { orderedAt, reason } = action;
      const type = TYPES[action.action];
      return defined({ type, license: license.id, container: serial, orderId: license.orderId, orderedAt, reason });
    });
    const committed = await commit(dependencies, [
      putHead(dependencies, nextHead(container, {})),
      ...due.map((action) => {
        const entry = container.entries.get(licenseOfAction(action));
        if (entry === undefined) throw new Error(`The entry of ${licenseOfAction(action)} is missing`);
        return putEntry(dependencies, serial, { ...entry, pending: { ...action, overdueAt } });
      }),
      ...orderHistory(dependencies, { kind: 'system' }, serial, evidence),
    ]);
    return committed === 'committed' ? due.length : 'changed';
  });
}

const TYPES: Readonly<Record<PendingAction['action'], EventType>> = {
  withdraw: 'withdrawal.overdue',
  replace: 'replacement.overdue',
  assign: 'assignment.overdue',
  renew: 'renewal.overdue',
};
