import type { PlannedWork } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import type { TicketLicense } from '../../../domain/license.ts';
import { MAX_OUTSTANDING_UPDATES } from '../../../domain/limits.ts';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import type { UpdateChain } from '../../../domain/position.ts';
import { type ContainerView, isRenewal } from '../../../domain/sequence.ts';
import { START } from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type Entry, parseEntry } from '../../store/container-entry-item.ts';
import { getHead, type Head, parseHead } from '../../store/container-head-item.ts';
import { afterPrefix, containerKey, type Key, reprogrammingKey, updateKey } from '../../store/keys.ts';
import { getItems, queryRange, type RawItem } from '../../store/queries.ts';
import { isWhole, parseReprogrammings, type Reprogramming } from '../../store/reprogramming-item.ts';
import { parseUpdate, type StoredUpdate } from '../../store/update-item.ts';

/** A container as it was read, strongly consistent. `head.revision` guards the writes that are decided on it. */
export interface Container {
  readonly serial: string;
  readonly head: Head;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Updates that are issued and not confirmed, in the order of their counters. */
  readonly outstanding: readonly Reprogramming[];
  /** The reprogramming that holds the lock: planned, not issued. */
  readonly inFlight?: Reprogramming;
}

/** The head of an unknown container: revision 0, empty content. */
function newHead(dependencies: Dependencies, serial: string): Head {
  return {
    serial,
    status: 'active',
    confirmed: START,
    issued: START,
    pendingCount: 0,
    firstSeenAt: dependencies.now().toISOString(),
    revision: 0,
  };
}

/** Reads a container, known or not. One query reads the head and the entries; a second call reads outstanding plans, if any. */
export async function loadContainer(dependencies: Dependencies, serial: string): Promise<Container> {
  return (await loadContainerWithUpdates(dependencies, serial, 0)).container;
}

/** As {@link loadContainer}, with the unconfirmed updates up to the counter, which the call for the plans reads, too. */
export async function loadContainerWithUpdates(
  dependencies: Dependencies,
  serial: string,
  counter: number,
): Promise<{ readonly container: Container; readonly updates: readonly StoredUpdate[] }> {
  const { pk, sk } = containerKey(serial);
  const items = await queryRange(dependencies, { pk, from: sk, to: afterPrefix('LICENSE') });
  const [first, ...rest] = items;
  const head = first === undefined ? newHead(dependencies, serial) : parseHead(first);
  const entries = new Map(rest.map(parseEntry).map((entry) => [entry.id, entry]));
  const { planned, updates } = await loadUnconfirmed(dependencies, head, counter);
  const inFlight = planned.find((one) => one.counter > head.issued.counter);
  const outstanding = planned.filter((one) => one.counter <= head.issued.counter);
  return { container: defined({ serial, head, entries, outstanding, inFlight }), updates };
}

/** The plans after the confirmed counter, and the issued updates among them up to `counter`. */
async function loadUnconfirmed(dependencies: Dependencies, head: Head, counter: number): Promise<PlansAndUpdates> {
  const plans = { from: head.confirmed.counter + 1, to: head.lock?.counter ?? head.issued.counter };
  return loadPlansAndUpdates(dependencies, head.serial, plans, Math.min(counter, head.issued.counter));
}

interface PlansAndUpdates {
  readonly planned: readonly Reprogramming[];
  readonly updates: readonly StoredUpdate[];
}

/** Plans that one call reads by their keys: the outstanding ones and the one that holds the lock. */
const MAX_PLANS_BY_KEY = MAX_OUTSTANDING_UPDATES + 1;

/**
 * The plans with counters from `from` to `to`, both included, and their updates up to `lastUpdate`. One call reads them, if
 * they are few and small.
 */
export async function loadPlansAndUpdates(
  dependencies: Dependencies,
  serial: string,
  { from, to }: { readonly from: number; readonly to: number },
  lastUpdate: number,
): Promise<PlansAndUpdates> {
  if (to < from) return { planned: [], updates: [] };
  if (to - from >= MAX_PLANS_BY_KEY) {
    const [planned, updates] = await Promise.all([
      loadReprogrammings(dependencies, serial, from, to),
      loadUpdates(dependencies, serial, from, lastUpdate),
    ]);
    return { planned, updates };
  }
  const planKeys = keysBetween(from, to, (at) => reprogrammingKey(serial, at));
  const updateKeys = keysBetween(from, lastUpdate, (at) => updateKey(serial, at));
  const items = await getItems(dependencies, [...planKeys, ...updateKeys]);
  const found = new Map(items.map((item) => [String(item.sk), item]));
  const itemsOf = (keys: readonly Key[]): RawItem[] =>
    keys.map(({ sk }) => found.get(sk)).filter((item) => item !== undefined);
  const plans = itemsOf(planKeys);
  const planned = plans.every(isWhole)
    ? parseReprogrammings(plans)
    : await loadReprogrammings(dependencies, serial, from, to);
  return { planned, updates: itemsOf(updateKeys).map(parseUpdate) };
}

function keysBetween(first: number, last: number, keyOf: (counter: number) => Key): Key[] {
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => keyOf(first + index));
}

/** The reprogrammings with counters from `from` to `to`, both included. */
export async function loadReprogrammings(
  dependencies: Dependencies,
  serial: string,
  from: number,
  to: number,
): Promise<Reprogramming[]> {
  if (to < from) return [];
  const { pk, sk } = reprogrammingKey(serial, from);
  const items = await queryRange(dependencies, { pk, from: sk, to: afterPrefix(reprogrammingKey(serial, to).sk) });
  return parseReprogrammings(items);
}

/** The plan that the work of a task belongs to. */
export async function loadPlan(dependencies: Dependencies, work: PlannedWork): Promise<Reprogramming> {
  const [planned] = await loadReprogrammings(dependencies, work.container, work.counter, work.counter);
  if (planned?.id !== work.reprogramming) throw new Error(`The plan of reprogramming ${work.reprogramming} is missing`);
  return planned;
}

/** The issued updates with counters from `from` to `to`, both included. */
export async function loadUpdates(
  dependencies: Dependencies,
  serial: string,
  from: number,
  to: number,
): Promise<StoredUpdate[]> {
  if (to < from) return [];
  const { pk, sk } = updateKey(serial, from);
  const items = await queryRange(dependencies, { pk, from: sk, to: updateKey(serial, to).sk });
  return items.map(parseUpdate);
}

/** Whether the table has the container. */
export function isKnown(container: Container): boolean {
  return container.head.revision > 0;
}

/** Whether the container changed since it was read. */
export async function hasMoved(dependencies: Dependencies, { serial, head }: Container): Promise<boolean> {
  const current = await getHead(dependencies, serial);
  return (current?.revision ?? 0) !== head.revision;
}

/** The chain of updates that a context is compared with. */
export function updateChainOf({ head, outstanding }: Container): UpdateChain {
  return { confirmed: head.confirmed, outstanding: outstanding.map((one) => one.to) };
}

/** The pending vendor actions, oldest first. */
export function pendingOf(container: Container): PendingAction[] {
  const pending = [...container.entries.values()].flatMap((entry) => entry.pending ?? []);
  const rank = (action: PendingAction): string => `${action.orderedAt} ${licenseOfAction(action)}`;
  return pending.sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

/**
 * The pending vendor actions that are not planned yet, including those on licenses whose return waits for its receipt (W5, R3).
 */
export function remainingPending(container: Container): PendingAction[] {
  const planned = new Set<string>();
  for (const change of container.inFlight?.changes ?? []) {
    if (change.step !== 'deactivate' && change.step !== 'activate') planned.add(change.license.id);
  }
  return pendingOf(container).filter((action) => !planned.has(licenseOfAction(action)));
}

/**
 * License ids of the target content, in code unit order: what the container holds once every issued update is applied. The
 * steps of a planned reprogramming have moved some of its licenses already; they count only when its update is issued.
 */
export function targetLicenses({ entries, inFlight }: Container): string[] {
  const held = new Set([...entries.values()].flatMap((entry) => (entry.held === undefined ? [] : [entry.id])));
  for (const change of inFlight?.changes ?? []) {
    const { op, license } = change;
    if (isRenewal(change)) continue;
    if (op === 'put') held.delete(license.id);
    else held.add(license.id);
  }
  return [...held].sort();
}

/** The container as the domain's rules see it. */
export function viewOf(container: Container): ContainerView {
  const content = new Map<string, TicketLicense>();
  const arriving = new Set<string>();
  for (const { id, held } of container.entries.values()) {
    if (held === undefined) continue;
    content.set(id, held.license);
    if (held.since > container.head.confirmed.counter) arriving.add(id);
  }
  const leaving = new Set<string>();
  const renewing = new Set<string>();
  for (const { changes } of container.outstanding) {
    for (const change of changes) {
      if (isRenewal(change)) renewing.add(change.license.id);
      else if (change.op === 'put') arriving.add(change.license.id);
      if (change.step === 'deactivate') leaving.add(change.license.id);
    }
  }
  const isFull = container.outstanding.length >= MAX_OUTSTANDING_UPDATES;
  return { content, pending: pendingOf(container), arriving, leaving, renewing, isFull };
}

/** The head with these changes, to be written over the revision that was read. */
export function nextHead(container: Container, changes: Partial<Head>): Head {
  return { ...container.head, ...changes };
}
