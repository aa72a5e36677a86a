import type { PlannedWork } from '../../../contract/tasks.ts';
import { type Standing, stateOf } from '../../../domain/license.ts';
import { stateAfter } from '../../../domain/license-moves.ts';
import type { PlannedChange, Step } from '../../../domain/sequence.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type Entry, parseEntry, parseHead, putEntry } from '../../store/container-items.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { containerKey, entryKey } from '../../store/keys.ts';
import { getLicenses, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { getItem, getItems } from '../../store/queries.ts';
import { commit, TRANSACTION_ITEMS, type Write } from '../../store/transactions.ts';
import { loadPlan } from './load-plan.ts';

const ATTEMPTS = 8;

/**
 * One step of the sequence: moves its licenses, their entries in the container and the evidence, chunk by chunk. What an
 * earlier run has moved already is left alone, so that it can be stopped anywhere and run again.
 */
export async function runStep(dependencies: Dependencies, step: Step, work: PlannedWork): Promise<void> {
  // A step without work neither reads nor writes.
  if (work.work[step] === 0) return;
  const plan = await loadPlan(dependencies, work);
  for (const chunk of fitting(plan.changes.filter((change) => change.step === step))) {
    await moveChunk(dependencies, work, chunk, plan.actor);
  }
}

/** Each change writes a license and an entry, and each order's history one item. */
function fitting(changes: readonly PlannedChange[]): PlannedChange[][] {
  const chunks: PlannedChange[][] = [[]];
  let orders = new Set<string>();
  for (const change of changes) {
    const chunk = chunks.at(-1) ?? [];
    const more = orders.has(change.license.orderId) ? 0 : 1;
    if (2 * (chunk.length + 1) + orders.size + more > TRANSACTION_ITEMS) {
      chunks.push([change]);
      orders = new Set();
    } else {
      chunk.push(change);
    }
    orders.add(change.license.orderId);
  }
  return chunks;
}

async function moveChunk(
  dependencies: Dependencies,
  work: PlannedWork,
  chunk: readonly PlannedChange[],
  actor: 'user' | 'vendor',
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const licenses = await getLicenses(
      dependencies,
      chunk.map((change) => change.license),
    );
    // Read after the licenses: while the lock is still held, what they say is from before the update. A late invocation
    // finds it released, and has nothing to do.
    if (!(await holdsLock(dependencies, work))) return;
    const entries = await returnedEntries(dependencies, work, chunk);
    const writes: Write[] = [];
    const evidence: OrderEntry[] = [];
    for (const change of chunk) {
      const license = licenses.get(change.license.id);
      if (license === undefined) throw new Error(`License ${change.license.id} is missing`);
      if (isMoved(license.standing, change, work)) continue;
      writes.push(putLicense(dependencies, movedLicense(license, change, work)));
      writes.push(putEntry(dependencies, work.container, movedEntry(change, work, entries)));
      evidence.push(eventsForStep(change, work));
    }
    writes.push(...orderHistory(dependencies, actor, work.container, evidence));
    if ((await commit(dependencies, writes)) === 'committed') return;
  }
  throw new Error(`The licenses of ${work.reprogramming} keep changing under their reservation`);
}

async function holdsLock(dependencies: Dependencies, work: PlannedWork): Promise<boolean> {
  const item = await getItem(dependencies, containerKey(work.container));
  return item !== undefined && parseHead(item).lock?.reprogramming === work.reprogramming;
}

function isMoved(standing: Standing, change: PlannedChange, work: PlannedWork): boolean {
  if (standing.at !== AFTER[change.op]) return false;
  return standing.container === work.container && standing.counter === work.counter;
}

const AFTER = { put: 'collected', remove: 'returned' } as const;

function movedLicense(license: StoredLicense, change: PlannedChange, work: PlannedWork): StoredLicense {
  const { container, counter } = work;
  // The table of legal moves decides; whether the collection was confirmed makes no difference to a return.
  stateAfter(stateOf(license.standing, 0), change.op === 'put' ? 'collect' : 'return');
  if (change.op === 'put') return { ...license, standing: { at: 'collected', container, counter } };
  const earmark = license.standing.at === 'collected' ? license.standing.earmark : undefined;
  const standing = {
    at: 'returned',
    container,
    counter,
    cause: change.step,
    ...(change.step === 'deactivate' && earmark !== undefined ? { earmark } : {}),
  } as const;
  return change.step === 'replace' ? { ...license, standing, successor: change.by } : { ...license, standing };
}

/** The entries of the licenses that the user returns: their earmarks stay until the receipt (W5, R3). */
async function returnedEntries(
  dependencies: Dependencies,
  work: PlannedWork,
  chunk: readonly PlannedChange[],
): Promise<ReadonlyMap<string, Entry>> {
  const returned = chunk.filter(({ step }) => step === 'deactivate');
  const items = await getItems(
    dependencies,
    returned.map(({ license }) => entryKey(work.container, license.id)),
  );
  return new Map(items.map(parseEntry).map((entry) => [entry.id, entry]));
}

function movedEntry(change: PlannedChange, work: PlannedWork, returned: ReadonlyMap<string, Entry>): Entry {
  const { id } = change.license;
  if (change.op === 'put') return { id, held: { license: change.license, since: work.counter } };
  const pending = returned.get(id)?.pending;
  return pending === undefined ? { id } : { id, pending };
}

function eventsForStep(change: PlannedChange, work: PlannedWork): OrderEntry {
  return {
    type: change.op === 'put' ? 'license.collected' : 'license.returned',
    orderId: change.license.orderId,
    license: change.license.id,
    container: work.container,
    reprogramming: work.reprogramming,
    counter: work.counter,
    step: change.step,
    ...(change.step === 'replace' && change.op === 'put' ? { predecessor: change.for } : {}),
    ...(change.step === 'replace' && change.op === 'remove' ? { successor: change.by } : {}),
  };
}
