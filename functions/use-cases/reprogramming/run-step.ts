import type { PlannedWork } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import { durationOf } from '../../../domain/duration.ts';
import { effectiveByOf, reasonOf, revisionMarkOf, type Standing, stateOf } from '../../../domain/license.ts';
import { stateAfter } from '../../../domain/license-moves.ts';
import { isRenewal, type PlannedChange, type Step } from '../../../domain/sequence.ts';
import type { Terms } from '../../../domain/terms.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type Entry, parseEntry, putEntry } from '../../store/container-entry-item.ts';
import { getHead } from '../../store/container-head-item.ts';
import { expiryWrites, itemsOfExpiry } from '../../store/expiry-item.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { entryKey } from '../../store/keys.ts';
import { getLicenses, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { getItems } from '../../store/queries.ts';
import { commit, packTransactions, type Write } from '../../store/transactions.ts';
import { loadPlan } from '../containers/container.ts';
import { type KnownPlan, parseKnownPlan } from './known-plan.ts';

/**
 * Runs one step of the sequence: moves its licenses and their entries in the container, with the evidence, in as many transactions
 * as needed. Skips licenses that an earlier run moved, so that a step can stop anywhere and be repeated.
 */
export async function runStep(dependencies: Dependencies, step: Step, work: PlannedWork): Promise<void> {
  // A step without work neither reads nor writes.
  if (work.work[step] === 0) return;
  const known = parseKnownPlan(work.known);
  const plan = known?.plan ?? (await loadPlan(dependencies, work));
  const changes = plan.changes.filter((change) => change.step === step);
  // Each change writes a license, an entry, and the end if it fixes one; each order's history is one more item.
  const options = { items: itemsOfChange, shared: ({ license }: PlannedChange) => license.orderId };
  for (const chunk of packTransactions(changes, options)) {
    const reserved = reservedFor(chunk, known);
    // The plan reserved them under its lock. Their revisions state that they are still reserved, so no other read is needed.
    const areMoved = reserved !== undefined && (await commitMoves(dependencies, work, chunk, plan.actor, reserved));
    if (!areMoved) await moveChunk(dependencies, work, chunk, plan.actor);
  }
}

/** The licenses of these changes as the plan reserved them; `undefined` if one of them is not known. */
function reservedFor(
  chunk: readonly PlannedChange[],
  known: KnownPlan | undefined,
): ReadonlyMap<string, StoredLicense> | undefined {
  const isKnown = chunk.every(({ step, license }) => step === 'activate' && known?.licenses.has(license.id));
  return isKnown ? known?.licenses : undefined;
}

/** A license that expires may have had a duration, whose end is written, too (N3). */
function itemsOfChange(change: PlannedChange): number {
  return change.op === 'put' && !isRenewal(change) ? 2 + itemsOfExpiry(change.license) : 2;
}

async function moveChunk(
  dependencies: Dependencies,
  work: PlannedWork,
  chunk: readonly PlannedChange[],
  actor: 'user' | 'vendor',
): Promise<void> {
  await retryOnConflict(dependencies, `the licenses of ${work.reprogramming}`, async () => {
    const licenses = await getLicenses(
      dependencies,
      chunk.map((change) => change.license),
    );
    // Read after the licenses: while the lock is held, the update is not issued, so no other request changed them. A late
    // invocation finds the lock released, and does nothing.
    if (!(await reprogrammingHoldsLock(dependencies, work))) return 'done';
    const entries = await returnedEntries(dependencies, work, chunk);
    return (await commitMoves(dependencies, work, chunk, actor, licenses, entries)) ? 'done' : 'changed';
  });
}

/**
 * Moves the licenses that are not moved yet, with their entries and the evidence, in one transaction.
 * @returns `false` if one of them changed since it was read
 */
async function commitMoves(
  dependencies: Dependencies,
  work: PlannedWork,
  chunk: readonly PlannedChange[],
  actor: 'user' | 'vendor',
  licenses: ReadonlyMap<string, StoredLicense>,
  entries: ReadonlyMap<string, Entry> = new Map(),
): Promise<boolean> {
  const writes: Write[] = [];
  const evidence: OrderEntry[] = [];
  for (const change of chunk) {
    const license = licenses.get(change.license.id);
    if (license === undefined) throw new Error(`License ${change.license.id} is missing`);
    if (isMoved(license.standing, change, work)) continue;
    const moved = movedLicense(license, change, work);
    writes.push(putLicense(dependencies, moved));
    // N2, N3: the plan has fixed the end. A renewal's end has its item since it was ordered.
    if (durationOf(license.terms) !== undefined && change.op === 'put')
      writes.push(...expiryWrites(dependencies, moved));
    writes.push(putEntry(dependencies, work.container, movedEntry(change, work, entries)));
    evidence.push(eventForStep(license, change, work));
  }
  writes.push(...orderHistory(dependencies, { kind: actor }, work.container, evidence));
  return (await commit(dependencies, writes)) === 'committed';
}

/** Whether the reprogramming holds the lock, whichever plan of it. */
async function reprogrammingHoldsLock(dependencies: Dependencies, work: PlannedWork): Promise<boolean> {
  const head = await getHead(dependencies, work.container);
  return head?.lock?.reprogramming === work.reprogramming;
}

function isMoved(standing: Standing, change: PlannedChange, work: PlannedWork): boolean {
  // A renewal removes the license and puts it again: the put writes both. The lock keeps another renewal away.
  if (isRenewal(change)) {
    return change.op === 'remove' || !('earmark' in standing) || standing.earmark?.action !== 'renew';
  }
  if (standing.at !== AFTER[change.op]) return false;
  return standing.container === work.container && standing.counter === work.counter;
}

const AFTER = { put: 'collected', remove: 'returned' } as const;

function movedLicense(license: StoredLicense, change: PlannedChange, work: PlannedWork): StoredLicense {
  if (change.op === 'put' && isRenewal(change)) return renewedLicense(license, change.license.terms);
  const { container, counter } = work;
  // The table of legal moves decides; whether the collection was confirmed makes no difference to a return.
  stateAfter(stateOf(license.standing, 0), change.op === 'put' ? 'collect' : 'return');
  if (change.op === 'put') {
    // N2: the plan has fixed the end of a duration.
    const { terms, crit } = change.license;
    const { crit: _, ...others } = license;
    return { ...others, terms, ...defined({ crit }), standing: { at: 'collected', container, counter } };
  }
  const isEarmarked = change.step === 'deactivate' && license.standing.at === 'collected';
  const earmark = isEarmarked ? license.standing.earmark : undefined;
  const details =
    earmark === undefined ? { effectiveBy: effectiveByOf(license.standing), reason: reasonOf(license.standing) } : {};
  const revised =
    earmark === undefined && revisionMarkOf(license.standing) !== undefined ? ('final' as const) : undefined;
  const left = { at: 'returned', container, counter, cause: change.step, earmark, revised, ...details } as const;
  const standing: Standing = defined(left);
  return change.step === 'replace' ? { ...license, standing, successor: change.by } : { ...license, standing };
}

/** The license with its new terms, where it was: a renewal needs no confirmation of its own (N1). */
function renewedLicense(license: StoredLicense, terms: Terms): StoredLicense {
  if (license.standing.at !== 'collected') throw new Error(`Bug: license ${license.id} is renewed in no container`);
  const { earmark: _, ...standing } = license.standing;
  return { ...license, terms, standing };
}

/**
 * The entries of the licenses that the user returns: their earmarks stay until the receipt (W5, R3). Also those of renewed
 * licenses: they keep the counter of the update that put the license.
 */
async function returnedEntries(
  dependencies: Dependencies,
  work: PlannedWork,
  chunk: readonly PlannedChange[],
): Promise<ReadonlyMap<string, Entry>> {
  const returned = chunk.filter((change) => change.step === 'deactivate' || (change.op === 'put' && isRenewal(change)));
  const items = await getItems(
    dependencies,
    returned.map(({ license }) => entryKey(work.container, license.id)),
  );
  return new Map(items.map(parseEntry).map((entry) => [entry.id, entry]));
}

function movedEntry(change: PlannedChange, work: PlannedWork, returned: ReadonlyMap<string, Entry>): Entry {
  const { id } = change.license;
  if (change.op === 'put') {
    const since = isRenewal(change) ? returned.get(id)?.held?.since : undefined;
    return { id, held: { license: change.license, since: since ?? work.counter } };
  }
  const pending = returned.get(id)?.pending;
  return defined({ id, pending });
}

/** The event of a change. A change that the vendor ordered has the vendor's reason. */
function eventForStep({ standing }: StoredLicense, change: PlannedChange, work: PlannedWork): OrderEntry {
  const isManual = change.step === 'deactivate' || change.step === 'activate';
  const isRenewed = isRenewal(change);
  const renewal = isRenewed && 'earmark' in standing ? standing.earmark?.terms : undefined;
  return {
    type: isRenewed ? 'license.renewed' : change.op === 'put' ? 'license.collected' : 'license.returned',
    orderId: change.license.orderId,
    license: change.license.id,
    container: work.container,
    reprogramming: work.reprogramming,
    counter: work.counter,
    step: change.step,
    ...(isManual ? {} : defined({ reason: reasonOf(standing) })),
    ...defined({ renewed: renewal }),
    ...(!isRenewed && change.step === 'replace' && change.op === 'put' ? { predecessor: change.for } : {}),
    ...(change.step === 'replace' && change.op === 'remove' ? { successor: change.by } : {}),
  };
}
