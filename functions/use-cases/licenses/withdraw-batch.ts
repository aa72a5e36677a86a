import { afterAction } from '../../../domain/forecast.ts';
import { assertNever, containerOf } from '../../../domain/license.ts';
import type { PendingAction } from '../../../domain/pending.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { VendorActionDecision, VendorActionDetails } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { attempts } from '../../store/conflict-retries.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { getLicenses, type StoredLicense } from '../../store/license-item.ts';
import { commit, TRANSACTION_ITEMS, type Write } from '../../store/transactions.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import type { Container } from '../containers/container.ts';
import { inParallel } from '../in-parallel.ts';
import { isPlannedSinceRead, pendingWrites, type VendorActionResult, viewFor, withPending } from './vendor-action.ts';
import { decideWithdrawalIn, detailsNow, type Withdrawal, withdrawalWrites } from './withdraw.ts';

/** Containers that are worked on at once; the licenses in none count as one. */
const GROUPS_AT_ONCE = 8;
/** Of a transaction, beside those of its licenses: the container's head, and the evidence of the ticket's one order. */
const SHARED_ITEMS = 2;

/** What has come of each license, by its id. */
type BatchResult = Map<string, VendorActionResult<Withdrawal>>;

/**
 * Withdraws licenses of one ticket, as `withdrawLicense` does when it is asked for one after the other in this order, and an
 * earlier run may have done it. The orders on one container are decided on one read of it, and committed as many at a time
 * as a transaction holds. What is refused is not tried again.
 * @param licenses as they were read a moment ago.
 */
export async function withdrawBatch(
  dependencies: Dependencies,
  licenses: readonly StoredLicense[],
  reason: string | undefined,
): Promise<ReadonlyMap<string, VendorActionResult<Withdrawal>>> {
  const details = detailsNow(dependencies, reason);
  const settled: BatchResult = new Map();
  let left = licenses;
  while (left.length > 0) left = await attemptAll(dependencies, left, details, settled);
  return settled;
}

/** Settles at least one of them: what has moved is decided anew. @returns those that are left, read again. */
async function attemptAll(
  dependencies: Dependencies,
  licenses: readonly StoredLicense[],
  details: VendorActionDetails,
  settled: BatchResult,
): Promise<readonly StoredLicense[]> {
  let left = licenses;
  for await (const _ of attempts(dependencies)) {
    const groups = Map.groupBy(left, ({ standing }) => containerOf(standing));
    await inParallel(groups, GROUPS_AT_ONCE, async ([serial, group]) => {
      if (serial === undefined) await commitInOrder(dependencies, undefined, group, details, settled);
      else await withdrawInContainer(dependencies, serial, group, details, settled);
    });
    const open = left.filter(({ id }) => !settled.has(id));
    const hasSettled = open.length < left.length;
    left = await readAgain(dependencies, open);
    if (hasSettled) return left;
  }
  throw new Error(`The license ${left[0]?.id} keeps changing`);
}

async function readAgain(dependencies: Dependencies, licenses: readonly StoredLicense[]): Promise<StoredLicense[]> {
  const now = await getLicenses(dependencies, licenses);
  return licenses.map(({ id }) => {
    const license = now.get(id);
    if (license === undefined) throw new Error(`The license ${id} is missing`);
    return license;
  });
}

async function withdrawInContainer(
  dependencies: Dependencies,
  serial: string,
  group: readonly StoredLicense[],
  details: VendorActionDetails,
  settled: BatchResult,
): Promise<void> {
  const container = await loadUnlocked(dependencies, serial);
  if (container === undefined) {
    for (const { id } of group) settled.set(id, { kind: 'refused', refusal: stillLocked(serial) });
    return;
  }
  // The container was waited for; what the licenses say must be from now.
  const now = await readAgain(dependencies, group);
  const there = now.filter((one) => containerOf(one.standing) === serial && !isPlannedSinceRead(one, container));
  await commitInOrder(dependencies, container, there, details, settled);
}

/**
 * Decides each order in the container as those before it leave it, and commits them in this order. When something has moved,
 * those that are not committed were decided on what is not so, and are left.
 */
async function commitInOrder(
  dependencies: Dependencies,
  container: Container | undefined,
  licenses: readonly StoredLicense[],
  details: VendorActionDetails,
  settled: BatchResult,
): Promise<void> {
  let current = container;
  for (const chunk of inTransactions(decideInTurn(container, licenses, details))) {
    const prepared = await Promise.all(chunk.map((one) => prepare(dependencies, container, one, details)));
    const writes = prepared.flatMap((one) => one.writes);
    const pending = prepared.findLast((one) => one.pending !== undefined)?.pending;
    if (current !== undefined && pending !== undefined) {
      writes.push(...pendingWrites(dependencies, current, pending));
      current = withPending(current, pending);
    }
    const entries = prepared.flatMap((one) => one.entries);
    writes.push(...orderHistory(dependencies, 'vendor', container?.serial, entries));
    if ((await commit(dependencies, writes)) === 'refused') return;
    for (const { license, ordered } of prepared) settled.set(license, ordered);
  }
}

/** An order, and what it comes to. */
interface Decided {
  readonly license: StoredLicense;
  readonly decision: VendorActionDecision;
}

/** Each is decided when it is asked for. */
function* decideInTurn(
  container: Container | undefined,
  licenses: readonly StoredLicense[],
  details: VendorActionDetails,
): Generator<Decided> {
  let view = viewFor(container);
  for (const license of licenses) {
    const decision = decideWithdrawalIn(license, container, view, details);
    if (decision.kind !== 'refused') view = afterAction(view, decision);
    yield { license, decision };
  }
}

/** As many as fit into one transaction, in their order. */
function* inTransactions(decided: Iterable<Decided>): Generator<readonly Decided[]> {
  let chunk: Decided[] = [];
  let items = SHARED_ITEMS;
  for (const one of decided) {
    const more = itemsOf(one.decision);
    if (items + more > TRANSACTION_ITEMS) {
      yield chunk;
      chunk = [];
      items = SHARED_ITEMS;
    }
    chunk.push(one);
    items += more;
  }
  yield chunk;
}

/** The license, its entry in the container, and the replacement that will never be on offer. */
function itemsOf(decision: VendorActionDecision): number {
  switch (decision.kind) {
    case 'refused':
    case 'unchanged':
      return 0;
    case 'at-once':
      return decision.pending === undefined ? 1 : 2;
    case 'pending':
      return decision.discard === undefined ? 2 : 3;
    default:
      return assertNever(decision);
  }
}

/** What one order brings into the transaction, and what has come of it then. */
interface Prepared {
  readonly license: string;
  readonly ordered: VendorActionResult<Withdrawal>;
  readonly writes: readonly Write[];
  readonly entries: readonly OrderEntry[];
  /** What is pending for the container from then on, if it moves it. */
  readonly pending?: readonly PendingAction[] | undefined;
}

async function prepare(
  dependencies: Dependencies,
  container: Container | undefined,
  { license, decision }: Decided,
  details: VendorActionDetails,
): Promise<Prepared> {
  const { id } = license;
  if (decision.kind === 'refused') return { license: id, ordered: asResult(decision.refusal), writes: [], entries: [] };
  const { result, writes, entries } = await withdrawalWrites(dependencies, license, container, decision, details);
  const pending = decision.kind === 'unchanged' ? undefined : decision.pending;
  return { license: id, ordered: { kind: 'done', result }, writes, entries, pending };
}

/** Listed a moment ago: if it is withdrawn by now, the same withdrawal was faster elsewhere. */
function asResult(refusal: Refusal): VendorActionResult<Withdrawal> {
  const isDone = refusal.code === 'license-final' && refusal.state === 'withdrawn';
  return isDone ? { kind: 'done', result: { status: 'withdrawn' } } : { kind: 'refused', refusal };
}
