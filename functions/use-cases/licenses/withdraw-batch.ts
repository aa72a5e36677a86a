import { afterAction } from '../../../domain/forecast.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { assertNever, containerOf } from '../../../domain/license.ts';
import type { PendingAction } from '../../../domain/pending.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { VendorActionDecision, VendorActionDetails } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { getLicenses, type StoredLicense } from '../../store/license-item.ts';
import { commit, packTransactions, type Write } from '../../store/transactions.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import type { Container } from '../containers/container.ts';
import { itemsOfEffect, withEffect } from '../containers/effective-by.ts';
import { containerWithPending, isPlannedSinceRead, pendingWrites } from '../containers/pending-writes.ts';
import { inParallel } from '../in-parallel.ts';
import { actionDetails, optionalViewOf, type VendorActionResult } from './vendor-action.ts';
import { decideWithdrawalIn, type Withdrawal, withdrawalWrites } from './withdraw.ts';

/** The licenses of a container are one group, and the licenses in no container are another one. */
const GROUPS_AT_ONCE = 8;
/** Items of each transaction that are not a license's: the container's head, and the history of the ticket's one order. */
const ITEMS_BESIDE_LICENSES = 2;

interface Batch {
  readonly dependencies: Dependencies;
  readonly vendor: VendorActor;
  readonly details: VendorActionDetails;
  /** By license id; filled when the license's transaction is committed or its withdrawal is refused. */
  readonly results: Map<string, VendorActionResult<Withdrawal>>;
}

/**
 * Withdraws licenses of one ticket, with the same results as a retry of `withdrawLicense` for each of them in this order. Reads
 * each container once, decides all of its withdrawals, and commits as many in one transaction as fit. A refused withdrawal is
 * not tried again.
 * @param licenses as they were read a moment ago.
 * @returns the result of each license, by its id.
 */
export async function withdrawBatch(
  dependencies: Dependencies,
  vendor: VendorActor,
  licenses: readonly StoredLicense[],
  reason: string | undefined,
): Promise<ReadonlyMap<string, VendorActionResult<Withdrawal>>> {
  const batch: Batch = { dependencies, vendor, details: actionDetails(dependencies, reason), results: new Map() };
  let left = licenses;
  while (left.length > 0) left = await withdrawSome(batch, left);
  return batch.results;
}

/** Gets a result for at least one of the licenses. @returns the licenses without a result, read again. */
async function withdrawSome(batch: Batch, licenses: readonly StoredLicense[]): Promise<readonly StoredLicense[]> {
  let left = licenses;
  return retryOnConflict(batch.dependencies, `license ${left[0]?.id}`, async () => {
    const groups = Map.groupBy(left, ({ standing }) => containerOf(standing));
    await inParallel(groups, GROUPS_AT_ONCE, async ([serial, group]) => {
      if (serial === undefined) await commitInOrder(batch, undefined, group);
      else await withdrawInContainer(batch, serial, group);
    });
    const open = left.filter(({ id }) => !batch.results.has(id));
    const hasResult = open.length < left.length;
    left = await readAgain(batch.dependencies, open);
    return hasResult ? left : 'changed';
  });
}

async function readAgain(dependencies: Dependencies, licenses: readonly StoredLicense[]): Promise<StoredLicense[]> {
  const current = await getLicenses(dependencies, licenses);
  return licenses.map(({ id }) => {
    const license = current.get(id);
    if (license === undefined) throw new Error(`Bug: license ${id} is missing`);
    return license;
  });
}

async function withdrawInContainer(batch: Batch, serial: string, group: readonly StoredLicense[]): Promise<void> {
  const container = await loadUnlocked(batch.dependencies, serial);
  if (container === undefined) {
    for (const { id } of group) batch.results.set(id, { kind: 'refused', refusal: stillLocked(serial) });
    return;
  }
  // Loading an unlocked container may have taken seconds: read the licenses again.
  const current = await readAgain(batch.dependencies, group);
  const inContainer = current.filter(
    (license) => containerOf(license.standing) === serial && !isPlannedSinceRead(license, container),
  );
  await commitInOrder(batch, container, inContainer);
}

/**
 * Decides each withdrawal on the container as the withdrawals before leave it, and commits them in this order. A refused commit
 * ends this: the container changed, so the remaining licenses are decided again later.
 */
async function commitInOrder(
  batch: Batch,
  container: Container | undefined,
  licenses: readonly StoredLicense[],
): Promise<void> {
  const { dependencies, vendor, details, results } = batch;
  let current = container;
  const options = { beside: ITEMS_BESIDE_LICENSES, items: itemsOf };
  for (const packed of packTransactions(decideInOrder(container, licenses, details), options)) {
    const prepared = await Promise.all(packed.map((one) => prepare(dependencies, container, one)));
    const writes = prepared.flatMap((one) => one.writes);
    const pending = prepared.findLast((one) => one.pending !== undefined)?.pending;
    if (current !== undefined && pending !== undefined) {
      writes.push(...pendingWrites(dependencies, current, pending));
      current = containerWithPending(current, pending);
    }
    const entries = prepared.flatMap((one) => one.entries);
    writes.push(...orderHistory(dependencies, vendor, container?.serial, entries));
    if ((await commit(dependencies, writes)) === 'refused') return;
    for (const { license, result } of prepared) results.set(license, result);
  }
}

interface DecidedWithdrawal {
  readonly license: StoredLicense;
  readonly decision: VendorActionDecision;
  readonly details: VendorActionDetails;
}

/** A generator, so that a withdrawal is decided only when it is packed. */
function* decideInOrder(
  container: Container | undefined,
  licenses: readonly StoredLicense[],
  ordered: VendorActionDetails,
): Generator<DecidedWithdrawal> {
  let view = optionalViewOf(container);
  for (const license of licenses) {
    const details = withEffect(ordered, license, container);
    const decision = decideWithdrawalIn(license, container, view, details);
    if (decision.kind !== 'refused') view = afterAction(view, decision);
    yield { license, decision, details };
  }
}

/** Items that the withdrawal writes: the license, its entry in the container, its effect, and the discarded replacement. */
function itemsOf({ license, decision }: DecidedWithdrawal): number {
  switch (decision.kind) {
    case 'refused':
    case 'unchanged':
      return 0;
    case 'at-once':
      return decision.pending === undefined ? 1 : 2;
    case 'pending':
      return (decision.discard === undefined ? 2 : 3) + itemsOfEffect(license);
    default:
      return assertNever(decision);
  }
}

/** A withdrawal's part of the transaction, and its result once the transaction is committed. */
interface PreparedWithdrawal {
  readonly license: string;
  readonly result: VendorActionResult<Withdrawal>;
  readonly writes: readonly Write[];
  readonly entries: readonly OrderEntry[];
  /** The container's pending actions after the withdrawal, if it changes them. */
  readonly pending?: readonly PendingAction[] | undefined;
}

async function prepare(
  dependencies: Dependencies,
  container: Container | undefined,
  { license, decision, details }: DecidedWithdrawal,
): Promise<PreparedWithdrawal> {
  const { id } = license;
  if (decision.kind === 'refused') {
    return { license: id, result: resultOfRefusal(decision.refusal), writes: [], entries: [] };
  }
  const { result, writes, entries } = await withdrawalWrites(dependencies, license, container, decision, details);
  const pending = decision.kind === 'unchanged' ? undefined : decision.pending;
  return { license: id, result: { kind: 'done', result }, writes, entries, pending };
}

/** A license that is already withdrawn was on the ticket a moment ago: a concurrent request withdrew it, so it is done. */
function resultOfRefusal(refusal: Refusal): VendorActionResult<Withdrawal> {
  const isDone = refusal.code === 'license-final' && refusal.state === 'withdrawn';
  return isDone ? { kind: 'done', result: { status: 'withdrawn' } } : { kind: 'refused', refusal };
}
