import type { Receipt } from '../../../contract/tasks.ts';
import { defined } from '../../../domain/defined.ts';
import type { HistoryEntry } from '../../../domain/history.ts';
import { licenseOfAction } from '../../../domain/pending.ts';
import { NO_PRESENCE, remember } from '../../../domain/presence.ts';
import { isRenewal } from '../../../domain/sequence.ts';
import { reasonOfSettlement, settleReturn } from '../../../domain/settlement.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type Head, putHead } from '../../store/container-head-item.ts';
import { type OrderEntry, orderHistory } from '../../store/history-items.ts';
import { getLicenses } from '../../store/license-item.ts';
import { saveReceipt } from '../../store/receipt-item.ts';
import type { Reprogramming } from '../../store/reprogramming-item.ts';
import { commit, packWrites, type Write } from '../../store/transactions.ts';
import { type Container, loadContainer, remainingPending } from '../containers/container.ts';
import { awaitRevision } from '../containers/large-revision.ts';
import { recordContact } from '../containers/last-contact.ts';
import { type Settlement, settleLicenses } from '../containers/settle-licenses.ts';
import { statementTime } from '../keys/sign-statement.ts';
import { parseKnownHead } from './known-plan.ts';

/**
 * Applies the receipt for update `counter` and all updates before it (T2): returned licenses become available, withdrawn or
 * replaced, and the head's confirmed counter moves, which confirms every collection up to it at once. The caller has
 * verified the receipt. A repeated call changes nothing.
 *
 * @param receipt the context that is the receipt: it is kept if it confirms that a license was removed (E1), and remembered (C1)
 * @param plan of update `counter`: with the head in the receipt, the writes are first tried without a read
 */
export async function confirm(
  dependencies: Dependencies,
  serial: string,
  counter: number,
  receipt: Partial<Receipt> = {},
  plan?: Reprogramming,
): Promise<void> {
  if (await confirmKnown(dependencies, serial, counter, receipt, plan)) return;
  await retryOnConflict(dependencies, `the receipt of container ${serial}`, async () => {
    const container = await loadContainer(dependencies, serial);
    const { head } = container;
    if (head.confirmed.counter >= counter || head.status !== 'active') return 'done';
    if (head.hold !== undefined) {
      // A returned license that a revision changes must not become available meanwhile.
      await awaitRevision(dependencies, head.hold.orderId);
      return 'changed';
    }
    const reached = container.outstanding.filter((one) => one.counter <= counter);
    const last = reached.at(-1);
    if (last?.counter !== counter) throw new Error(`Update ${counter} of container ${serial} was not issued`);
    return (await confirmReached(dependencies, container, reached, last, receipt)) ? 'done' : 'changed';
  });
}

/**
 * Confirms one update that removed no license, on the head as the receipt's handler read it.
 * @returns `false` if the head changed since, or if there is more to do
 */
async function confirmKnown(
  dependencies: Dependencies,
  serial: string,
  counter: number,
  receipt: Partial<Receipt>,
  plan: Reprogramming | undefined,
): Promise<boolean> {
  const head = parseKnownHead(receipt.head);
  if (head === undefined || head.serial !== serial || plan?.counter !== counter || !putsOnly(plan)) return false;
  const isNext = head.status === 'active' && head.confirmed.counter === counter - 1 && head.issued.counter >= counter;
  if (!isNext) return false;
  const events = receiptHistory(dependencies, serial, [plan]);
  const now = dependencies.now().toISOString();
  await recordContact(dependencies, head, now);
  return commitGroups(dependencies, [events], putHead(dependencies, confirmedHead(head, plan, receipt, now)));
}

/** Whether the update removes no license: then its receipt changes only the head. */
export function putsOnly({ changes }: Reprogramming): boolean {
  return changes.every(({ op }) => op === 'put');
}

async function confirmReached(
  dependencies: Dependencies,
  container: Container,
  reached: readonly Reprogramming[],
  last: Reprogramming,
  context: Partial<Receipt>,
): Promise<boolean> {
  const removed = reached.flatMap(({ changes }) =>
    changes.filter((change) => change.op === 'remove' && !isRenewal(change)),
  );
  const settlements: Settlement[] = [];
  const licenses = await getLicenses(
    dependencies,
    removed.map((change) => change.license),
  );
  for (const license of licenses.values()) {
    const { standing } = license;
    if (standing.at !== 'returned' || standing.container !== container.serial || standing.counter > last.counter)
      continue;
    const { container: from, counter } = standing;
    const settled = settleReturn(standing);
    const reason = reasonOfSettlement(standing, settled);
    settlements.push({ license, settled, removed: { container: from, counter }, ...defined({ reason }) });
  }
  // Before the licenses: if it is stored and they are not, the receipt is true all the same.
  if (settlements.length > 0 && context.jws !== undefined)
    await saveReceipt(dependencies, container.serial, last.counter, context.jws);
  // Created first, so that the receipt's events have lower ids than the events of the licenses that it settles.
  const receipt = receiptHistory(dependencies, container.serial, reached);
  const groups = await settleLicenses(dependencies, container, { kind: 'container' }, settlements);
  // Includes licenses that another run of this task settled already.
  const gone = new Set(removed.map((change) => change.license.id));
  const now = dependencies.now().toISOString();
  await recordContact(dependencies, container.head, now);
  const pendingCount = remainingPending(container).filter((action) => !gone.has(licenseOfAction(action))).length;
  const head = confirmedHead({ ...container.head, pendingCount }, last, context, now);
  return commitGroups(dependencies, [...groups, receipt], putHead(dependencies, head));
}

function receiptHistory(dependencies: Dependencies, serial: string, reached: readonly Reprogramming[]): Write[] {
  return orderHistory(dependencies, { kind: 'container' }, serial, eventsForReceipt(serial, reached));
}

function confirmedHead(head: Head, last: Reprogramming, context: Partial<Receipt>, now: string): Head {
  return { ...head, confirmed: last.to, ...presenceAfter(head, last, context), lastContactAt: now };
}

/** The newest statement for the confirmed place is now the update (L1), and the receipt is remembered (C1). */
function presenceAfter(
  { statement, presence }: Head,
  { plannedAt }: Reprogramming,
  { jti, iat: madeAt, lease, kid = '' }: Partial<Receipt>,
): Pick<Head, 'statement' | 'presence'> {
  // Never below an earlier statement, whatever the clocks of two machines show: a lease may not be either.
  const iat = Math.max(statementTime(plannedAt), statement?.iat ?? 0);
  // Without them, no receipt ended the wait, and nothing is remembered.
  const isContext = jti !== undefined && madeAt !== undefined && lease !== undefined;
  return defined({
    // An unknown key is in no key set: the next contact gets a lease (L2).
    statement: { iat, kid },
    presence: isContext ? remember(presence ?? NO_PRESENCE, { jti, iat: madeAt, lease }) : presence,
  });
}

/** Commits the head last: its confirmed counter states that all groups are written. */
async function commitGroups(dependencies: Dependencies, groups: readonly Write[][], head: Write): Promise<boolean> {
  const transactions = packWrites(groups, 1);
  const last = transactions.pop() ?? [];
  for (const writes of transactions) if ((await commit(dependencies, writes)) === 'refused') return false;
  return (await commit(dependencies, [head, ...last])) === 'committed';
}

/** The events of a receipt for each order: that the receipt was accepted, and which collections it confirms. */
function eventsForReceipt(container: string, reached: readonly Reprogramming[]): OrderEntry[] {
  const entries: OrderEntry[] = [];
  for (const { id, counter, changes } of reached) {
    const receipt: HistoryEntry = { type: 'receipt.accepted', container, reprogramming: id, counter };
    const [first] = changes;
    if (first !== undefined) entries.push({ ...receipt, orderId: first.license.orderId });
    for (const change of changes) {
      if (change.op !== 'put' || isRenewal(change)) continue;
      const { id: licenseId, orderId } = change.license;
      entries.push({ ...receipt, type: 'license.collection-confirmed', license: licenseId, orderId });
    }
  }
  return entries;
}
