import type { HistoryEntry } from '../../domain/history.ts';
import { orderedLicense } from '../../domain/pending.ts';
import { settleReturn } from '../../domain/settlement.ts';
import { noteContact } from '../containers/contact.ts';
import { type Container, loadContainer, nextHead, remainingPending } from '../containers/container.ts';
import { type Settlement, settleLicenses } from '../containers/settle-licenses.ts';
import type { Runtime } from '../ports.ts';
import { commit, TRANSACTION_ITEMS, type Write } from '../table/commit.ts';
import { putHead, type Reprogramming } from '../table/container-items.ts';
import { type OrderEntry, orderHistory } from '../table/history-items.ts';
import { getLicenses } from '../table/license-item.ts';

const ATTEMPTS = 20;

/**
 * The receipt for `counter` and for all before it has come (T2): returned licenses become available, withdrawn or
 * replaced, and the head's confirmed counter moves, which confirms every collection up to it at once. The caller has
 * verified the receipt. Whoever comes first does it; run again it changes nothing.
 */
export async function confirm(runtime: Runtime, serial: string, counter: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await runtime.sleep(attempt * 5);
    const container = await loadContainer(runtime, serial);
    const { head } = container;
    if (head.confirmed.counter >= counter || head.status !== 'active') return;
    const reached = container.outstanding.filter((one) => one.counter <= counter);
    const last = reached.at(-1);
    if (last?.counter !== counter) throw new Error(`Update ${counter} of ${serial} was never issued`);
    if (await confirmReached(runtime, container, reached, last)) return;
  }
  throw new Error(`The container ${serial} keeps changing`);
}

async function confirmReached(
  runtime: Runtime,
  container: Container,
  reached: readonly Reprogramming[],
  last: Reprogramming,
): Promise<boolean> {
  const removed = reached.flatMap(({ changes }) => changes.filter((change) => change.op === 'remove'));
  const settlements: Settlement[] = [];
  const licenses = await getLicenses(
    runtime,
    removed.map((change) => change.license),
  );
  for (const license of licenses.values()) {
    const { standing } = license;
    if (standing.at !== 'returned' || standing.container !== container.serial || standing.counter > last.counter)
      continue;
    settlements.push({ license, settled: settleReturn(standing) });
  }
  // Made first, so that the histories tell the receipt before what it settles.
  const receipt = orderHistory(runtime, 'container', container.serial, receiptEvidence(container.serial, reached));
  const groups = await settleLicenses(runtime, container, 'container', settlements);
  // Also where another run has settled them a moment ago.
  const gone = new Set(removed.map((change) => change.license.id));
  const now = runtime.now().toISOString();
  await noteContact(runtime, container.head, now);
  const head = putHead(
    runtime,
    nextHead(container, {
      confirmed: last.to,
      lastContactAt: now,
      pendingCount: remainingPending(container).filter((action) => !gone.has(orderedLicense(action))).length,
    }),
  );
  return commitInOrder(runtime, [...groups, receipt], head);
}

/** All in one transaction when it fits. When not, the head comes last: its counter says that everything is done. */
async function commitInOrder(runtime: Runtime, groups: readonly Write[][], head: Write): Promise<boolean> {
  // A group belongs together, unless it is larger than any transaction: the evidence of very many collections.
  const parts = groups.flatMap((group) =>
    fits(group.length, bytesOf(group)) ? [group] : group.map((write) => [write]),
  );
  let writes: Write[] = [];
  let bytes = 0;
  for (const part of parts) {
    const more = bytesOf(part);
    if (!fits(writes.length + part.length, bytes + more)) {
      if ((await commit(runtime, writes)) === 'refused') return false;
      writes = [];
      bytes = 0;
    }
    writes.push(...part);
    bytes += more;
  }
  return (await commit(runtime, [head, ...writes])) === 'committed';
}

/** Well below the 4 MB that DynamoDB takes in one transaction, however the bytes are counted. */
const TRANSACTION_BYTES = 3_000_000;

/** Whether so many writes fit into one transaction, beside the head. */
function fits(count: number, bytes: number): boolean {
  return count + 1 <= TRANSACTION_ITEMS && bytes <= TRANSACTION_BYTES;
}

function bytesOf(writes: readonly Write[]): number {
  return writes.reduce((sum, { Put }) => sum + Buffer.byteLength(JSON.stringify(Put?.Item ?? {})), 0);
}

/** What the receipt tells each order: that it came, and which collections it confirms. */
function receiptEvidence(container: string, reached: readonly Reprogramming[]): OrderEntry[] {
  const entries: OrderEntry[] = [];
  for (const { id, counter, changes } of reached) {
    const receipt: HistoryEntry = { type: 'receipt.accepted', container, reprogramming: id, counter };
    const [first] = changes;
    if (first !== undefined) entries.push({ ...receipt, orderId: first.license.orderId });
    for (const { op, license } of changes) {
      if (op !== 'put') continue;
      const { id: licenseId, orderId } = license;
      entries.push({ ...receipt, type: 'license.collection-confirmed', license: licenseId, orderId });
    }
  }
  return entries;
}
