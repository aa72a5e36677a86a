import type { HistoryEntry } from '../../../domain/history.ts';
import { licenseOfAction } from '../../../domain/pending.ts';
import { settleReturn } from '../../../domain/settlement.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putHead, type Reprogramming } from '../../store/container-items.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { getLicenses } from '../../store/license-item.ts';
import { commit, TRANSACTION_ITEMS, type Write } from '../../store/transactions.ts';
import { type Container, loadContainer, nextHead, remainingPending } from '../containers/container.ts';
import { recordContact } from '../containers/last-contact.ts';
import { type Settlement, settleLicenses } from '../containers/settle-licenses.ts';

const ATTEMPTS = 20;

/**
 * The receipt for `counter` and for all before it has come (T2): returned licenses become available, withdrawn or
 * replaced, and the head's confirmed counter moves, which confirms every collection up to it at once. The caller has
 * verified the receipt. Whoever comes first does it; run again it changes nothing.
 */
export async function confirm(dependencies: Dependencies, serial: string, counter: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await dependencies.sleep(attempt * 5);
    const container = await loadContainer(dependencies, serial);
    const { head } = container;
    if (head.confirmed.counter >= counter || head.status !== 'active') return;
    const reached = container.outstanding.filter((one) => one.counter <= counter);
    const last = reached.at(-1);
    if (last?.counter !== counter) throw new Error(`Update ${counter} of ${serial} was never issued`);
    if (await confirmReached(dependencies, container, reached, last)) return;
  }
  throw new Error(`The container ${serial} keeps changing`);
}

async function confirmReached(
  dependencies: Dependencies,
  container: Container,
  reached: readonly Reprogramming[],
  last: Reprogramming,
): Promise<boolean> {
  const removed = reached.flatMap(({ changes }) => changes.filter((change) => change.op === 'remove'));
  const settlements: Settlement[] = [];
  const licenses = await getLicenses(
    dependencies,
    removed.map((change) => change.license),
  );
  for (const license of licenses.values()) {
    const { standing } = license;
    if (standing.at !== 'returned' || standing.container !== container.serial || standing.counter > last.counter)
      continue;
    settlements.push({ license, settled: settleReturn(standing) });
  }
  // Made first, so that the histories tell the receipt before what it settles.
  const receipt = orderHistory(
    dependencies,
    { kind: 'container' },
    container.serial,
    receiptEvidence(container.serial, reached),
  );
  const groups = await settleLicenses(dependencies, container, { kind: 'container' }, settlements);
  // Also where another run has settled them a moment ago.
  const gone = new Set(removed.map((change) => change.license.id));
  const now = dependencies.now().toISOString();
  await recordContact(dependencies, container.head, now);
  const head = putHead(
    dependencies,
    nextHead(container, {
      confirmed: last.to,
      lastContactAt: now,
      pendingCount: remainingPending(container).filter((action) => !gone.has(licenseOfAction(action))).length,
    }),
  );
  return commitInOrder(dependencies, [...groups, receipt], head);
}

/** All in one transaction when it fits. When not, the head comes last: its counter says that everything is done. */
async function commitInOrder(dependencies: Dependencies, groups: readonly Write[][], head: Write): Promise<boolean> {
  // A group belongs together, unless it is larger than any transaction: the evidence of very many collections.
  const parts = groups.flatMap((group) =>
    fits(group.length, bytesOf(group)) ? [group] : group.map((write) => [write]),
  );
  let writes: Write[] = [];
  let bytes = 0;
  for (const part of parts) {
    const more = bytesOf(part);
    if (!fits(writes.length + part.length, bytes + more)) {
      if ((await commit(dependencies, writes)) === 'refused') return false;
      writes = [];
      bytes = 0;
    }
    writes.push(...part);
    bytes += more;
  }
  return (await commit(dependencies, [head, ...writes])) === 'committed';
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
