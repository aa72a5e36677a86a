import { defined } from '../../../domain/defined.ts';
import type { VendorActor } from '../../../domain/history.ts';
import type { License } from '../../../domain/license.ts';
import { pendingAfter } from '../../../domain/revised-container.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getHead, putHead } from '../../store/container-head-item.ts';
import { itemsOfExpiry } from '../../store/expiry-item.ts';
import { orderHistory } from '../../store/history-items.ts';
import { orderKey } from '../../store/keys.ts';
import { getLicenses, licensesOfTicket, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { getOrder, putOrder, type StoredOrder } from '../../store/order-item.ts';
import {
  getOrderRevision,
  type OrderRevision,
  putFinishedRevision,
  putOrderRevision,
  removeOrderRevision,
  type StoredUnit,
} from '../../store/order-revision-item.ts';
import { getSettlement } from '../../store/order-settlement-item.ts';
import { checkUnchanged, commit, packTransactions, type Write } from '../../store/transactions.ts';
import { startDeadline } from '../deadline.ts';
import { type Container, loadContainer, nextHead, pendingOf } from './container.ts';
import { itemsOfEffect } from './effective-by.ts';
import { pendingWrites } from './pending-writes.ts';
import { containerOfUnit, type PlannedUnit, type RevisionPlan, revisionsOf } from './revision-plan.ts';
import { revisedEntry, settlementOf } from './revision-records.ts';
import { writesOfUnit } from './unit-writes.ts';

/** The order itself: its check, and the history. */
const ITEMS_BESIDE = 3;
/** A revision that is this old can belong to a process that was stopped. */
const OLD_MILLISECONDS = 10_000;
const WAIT_MILLISECONDS = 15_000;
const PAUSE_MILLISECONDS = 50;

/**
 * Commits a revision that is larger than a transaction. It first holds every container and every available license that it
 * changes, so that nothing else changes them; then one write decides that it is carried out; then it is carried out in chunks.
 * Stopped before that write, it is taken back; stopped after it, it is completed by the next request that meets it.
 * @returns `refused` when something changed since the revision was decided; nothing is held then.
 */
export async function commitLargeRevision(
  dependencies: Dependencies,
  vendor: VendorActor,
  before: StoredOrder,
  plan: RevisionPlan,
): Promise<'committed' | 'refused'> {
  const { orderId } = before;
  const { number } = plan.revision;
  const since = dependencies.now().toISOString();
  const stored = storedRevision(vendor, plan);
  const preparing: StoredOrder = { ...before, revising: { number, since, state: 'preparing' } };
  const begun = await commit(dependencies, [
    putOrder(dependencies, preparing),
    putOrderRevision(dependencies, orderId, stored),
  ]);
  if (begun === 'refused') return 'refused';
  const revision = (before.revision ?? 0) + 1;
  const isHeld = await holdAll(dependencies, { ...preparing, revision }, plan, since);
  const applying: StoredOrder = { ...preparing, revising: { number, since, state: 'applying' }, revision };
  if (!isHeld || (await commit(dependencies, [putOrder(dependencies, applying)])) === 'refused') {
    await resumeRevision(dependencies, orderId, true);
    return 'refused';
  }
  await resumeRevision(dependencies, orderId, true);
  return 'committed';
}

function storedRevision({ author }: VendorActor, { revision, units, containers, order }: RevisionPlan): OrderRevision {
  const changed = units.filter(({ isUnchanged }) => !isUnchanged);
  return {
    ...revision,
    plan: {
      ...defined({ actor: author }),
      unitsMade: order.unitsMade ?? 0,
      serials: [...containers.keys()],
      units: changed.map((one): StoredUnit => {
        const { index, outcome, old, discard, fresh, details } = one;
        return defined({
          index,
          outcome,
          license: old?.id,
          container: containerOfUnit(one),
          discard,
          fresh: fresh === undefined ? undefined : contentOf(fresh),
          effectiveBy: details.effectiveBy,
        });
      }),
    },
  };
}

function contentOf({ id, product, terms, requires, crit, predecessor, test }: StoredLicense): StoredUnit['fresh'] {
  return {
    id,
    product,
    terms: { ...terms } as NonNullable<StoredUnit['fresh']>['terms'],
    requires: [...requires],
    ...defined({ crit: crit === undefined ? undefined : [...crit], predecessor, test }),
  };
}

/** Holds the containers, and the available licenses that no container's revision guards. */
async function holdAll(
  dependencies: Dependencies,
  { orderId, revision = 0 }: StoredOrder,
  { containers, units }: RevisionPlan,
  since: string,
): Promise<boolean> {
  const heads = [...containers.values()].map(({ container }) =>
    putHead(dependencies, nextHead(container, { hold: { orderId, since } })),
  );
  const licenses = units.flatMap((one) =>
    one.old === undefined || one.isUnchanged || containerOfUnit(one) !== undefined
      ? []
      : [
          putLicense(dependencies, {
            ...one.old,
            standing: { at: 'available', reservation: { for: 'revise', orderId, since } },
          }),
        ],
  );
  const check = checkUnchanged(dependencies, orderKey(orderId), revision);
  for (const packed of packTransactions([...heads, ...licenses], { beside: 1 })) {
    if ((await commit(dependencies, [check, ...packed])) === 'refused') return false;
  }
  return true;
}

/**
 * Waits for the large revision of an order that is under way, and completes it, or takes it back, if the process that began it
 * was stopped.
 * @returns whether no revision of the order is under way any more.
 */
export async function awaitRevision(dependencies: Dependencies, orderId: string): Promise<boolean> {
  const waiting = startDeadline(dependencies);
  for (;;) {
    if ((await resumeRevision(dependencies, orderId, false)) === 'done') return true;
    if (waiting.elapsed() >= WAIT_MILLISECONDS) return false;
    await waiting.pause(PAUSE_MILLISECONDS);
  }
}

/**
 * Completes a large revision, or takes it back if it was not decided yet.
 * @param isOwn whether the caller began it; otherwise only one that is old is resumed
 */
export async function resumeRevision(
  dependencies: Dependencies,
  orderId: string,
  isOwn: boolean,
): Promise<'done' | 'running'> {
  return retryOnConflict<'done' | 'running'>(dependencies, `order ${orderId}`, async () => {
    const order = await getOrder(dependencies, orderId);
    const revising = order?.revising;
    if (order === undefined || revising === undefined) return 'done';
    if (!isOwn && dependencies.now().getTime() - Date.parse(revising.since) <= OLD_MILLISECONDS) return 'running';
    const revision = await getOrderRevision(dependencies, orderId, revising.number);
    if (revision?.plan === undefined) throw new Error(`Bug: the plan of revision ${revising.number} is missing`);
    switch (revising.state) {
      case 'preparing': {
        // From this write on, the process that began the revision holds nothing more.
        const aborting: StoredOrder = { ...order, revising: { ...revising, state: 'aborting' } };
        await commit(dependencies, [putOrder(dependencies, aborting)]);
        return 'changed';
      }
      case 'aborting':
        return (await takeBack(dependencies, order, revision.plan)) ? 'done' : 'changed';
      case 'applying':
        return (await carryOut(dependencies, order, revision)) ? 'done' : 'changed';
    }
  });
}

type StoredPlan = NonNullable<OrderRevision['plan']>;

/** Releases everything that a revision holds, and forgets the revision. */
async function takeBack(dependencies: Dependencies, order: StoredOrder, plan: StoredPlan): Promise<boolean> {
  const { orderId, ticket, revising, ...rest } = order;
  const writes: Write[] = [];
  for (const serial of plan.serials) {
    const head = await getHead(dependencies, serial);
    if (head?.hold?.orderId !== orderId) continue;
    const { hold: _, ...released } = head;
    writes.push(putHead(dependencies, released));
  }
  const ids = plan.units.flatMap(({ license }) => license ?? []);
  const licenses = await getLicenses(
    dependencies,
    ids.map((id) => ({ ticket, id })),
  );
  for (const license of licenses.values()) {
    if (isHeldBy(license, orderId))
      writes.push(putLicense(dependencies, { ...license, standing: { at: 'available' } }));
  }
  const check = checkUnchanged(dependencies, orderKey(orderId), order.revision ?? 0);
  for (const packed of packTransactions(writes, { beside: 1 })) {
    if ((await commit(dependencies, [check, ...packed])) === 'refused') return false;
  }
  const ended = [
    putOrder(dependencies, { orderId, ticket, ...rest }),
    removeOrderRevision(dependencies, orderId, revising?.number ?? 0),
  ];
  return (await commit(dependencies, ended)) === 'committed';
}

function isHeldBy({ standing }: License, orderId: string): boolean {
  if (standing.at !== 'available') return false;
  const { reservation } = standing;
  return reservation?.for === 'revise' && reservation.orderId === orderId;
}

/** Carries out what is left of a revision, container by container, and then makes it the order's newest one. */
async function carryOut(dependencies: Dependencies, order: StoredOrder, revision: OrderRevision): Promise<boolean> {
  const { plan } = revision;
  if (plan === undefined) return false;
  const groups = Map.groupBy(plan.units, ({ container }) => container);
  for (const serial of [undefined, ...plan.serials]) {
    const units = groups.get(serial) ?? [];
    if (!(await carryOutGroup(dependencies, order, revision, plan, serial, units))) return false;
  }
  return finish(dependencies, order, revision, plan);
}

async function carryOutGroup(
  dependencies: Dependencies,
  order: StoredOrder,
  revision: OrderRevision,
  plan: StoredPlan,
  serial: string | undefined,
  units: readonly StoredUnit[],
): Promise<boolean> {
  const { orderId } = order;
  let container = serial === undefined ? undefined : await loadContainer(dependencies, serial);
  // Without its hold, the container is done.
  if (container !== undefined && container.head.hold?.orderId !== orderId) return true;
  const left = await unitsLeft(dependencies, order, revision, units);
  const vendor: VendorActor = { kind: 'vendor', author: plan.actor };
  const check = checkUnchanged(dependencies, orderKey(orderId), order.revision ?? 0);
  const chunks = [...packTransactions(left, { beside: ITEMS_BESIDE, items: itemsOf })];
  if (chunks.length === 0 && container !== undefined) chunks.push([]);
  for (const [at, chunk] of chunks.entries()) {
    const changed = await Promise.all(chunk.map((one) => writesOfUnit(dependencies, one)));
    const writes = [check, ...changed.flatMap((one) => one.writes)];
    if (container !== undefined) {
      const held = at < chunks.length - 1 ? container : withoutHold(container);
      const pending = pendingAfter(pendingOf(container), chunk.flatMap(revisionsOf));
      writes.push(...pendingWrites(dependencies, held, pending));
    }
    writes.push(
      ...orderHistory(
        dependencies,
        vendor,
        serial,
        changed.flatMap((one) => one.entries),
      ),
    );
    if ((await commit(dependencies, writes)) === 'refused') return false;
    if (serial !== undefined && at < chunks.length - 1) container = await loadContainer(dependencies, serial);
  }
  return true;
}

function withoutHold(container: Container): Container {
  const { hold: _, ...head } = container.head;
  return { ...container, head };
}

/** Items that a unit writes at most: licenses, the entry, the effect, the end of a new license, and the discarded replacement. */
function itemsOf({ old, fresh, discard }: PlannedUnit): number {
  const own = old === undefined ? 0 : 2 + itemsOfEffect(old);
  return own + (fresh === undefined ? 0 : 1 + itemsOfExpiry(fresh)) + (discard === undefined ? 0 : 1);
}

/** The units whose licenses are not changed yet, with the licenses as they are now. */
async function unitsLeft(
  dependencies: Dependencies,
  { orderId, ticket }: StoredOrder,
  { at, number }: OrderRevision,
  units: readonly StoredUnit[],
): Promise<PlannedUnit[]> {
  const ids = units.flatMap(({ license, fresh }) => [license ?? [], fresh?.id ?? []].flat());
  const known = await getLicenses(
    dependencies,
    ids.map((id) => ({ ticket, id })),
  );
  return units.flatMap(({ index, outcome, license, discard, fresh, effectiveBy }) => {
    const old = known.get(license ?? '');
    const isDone = old === undefined ? known.has(fresh?.id ?? '') : isCarriedOut(old, outcome, orderId, fresh?.id);
    if (isDone) return [];
    const made: StoredLicense | undefined =
      fresh === undefined ? undefined : { ...fresh, orderId, ticket, standing: { at: 'available' }, revision: 0 };
    const details = { at, reason: reasonOfRevision(number), ...defined({ effectiveBy }) };
    // It was available before the revision held it.
    const free = old !== undefined && isHeldBy(old, orderId) ? { ...old, standing: { at: 'available' as const } } : old;
    return [{ index, outcome, old: free, discard, fresh: made, isUnchanged: false, details }];
  });
}

/** The reason of the vendor actions of a revision. */
export function reasonOfRevision(number: number): string {
  return `Revision ${number} of the order`;
}

function isCarriedOut(
  license: StoredLicense,
  outcome: StoredUnit['outcome'],
  orderId: string,
  fresh: string | undefined,
): boolean {
  const { standing } = license;
  if (standing.at === 'withdrawn' || standing.at === 'replaced') return true;
  // Assigned ones have their assignment until they are changed.
  if (standing.at === 'available') return standing.reservation === undefined && !isHeldBy(license, orderId);
  const { earmark } = standing;
  switch (outcome) {
    case 'kept':
      return earmark === undefined;
    case 'withdrawn':
      return earmark?.action === 'withdraw' && earmark.revised === 'undoable';
    case 'replaced':
      return earmark?.action === 'replace' && earmark.replacement === fresh;
    case 'added':
      throw new Error('Bug: an added unit has an old license');
  }
}

/** Makes the revision the order's newest one, with the event and the settlement. */
async function finish(
  dependencies: Dependencies,
  order: StoredOrder,
  revision: OrderRevision,
  { actor, unitsMade }: StoredPlan,
): Promise<boolean> {
  const { orderId, ticket } = order;
  const settlement = await getSettlement(dependencies, orderId);
  const licenses = await licensesOfTicket(dependencies, ticket);
  const { revising: _, customer: __, ...rest } = order;
  const { number, after } = revision;
  const settled = settlementOf(dependencies, orderId, number, settlement, licenses);
  const writes = [
    putOrder(dependencies, { ...rest, ...after, number, unitsMade }),
    putFinishedRevision(dependencies, orderId, revision),
    ...settled.writes,
    ...orderHistory(dependencies, { kind: 'vendor', author: actor }, undefined, [
      revisedEntry(orderId, revision),
      ...settled.entries,
    ]),
  ];
  return (await commit(dependencies, writes)) === 'committed';
}
