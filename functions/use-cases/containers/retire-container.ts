import type { VendorActor } from '../../../domain/history.ts';
import { containerOf } from '../../../domain/license.ts';
import { licenseOfAction } from '../../../domain/pending.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { reasonOfSettlement, settleRetirement } from '../../../domain/settlement.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { putEntry } from '../../store/container-entry-item.ts';
import { type Head, putHead } from '../../store/container-head-item.ts';
import { discardWrites } from '../../store/discard-replacement.ts';
import { containerHistory, orderHistory } from '../../store/history-items.ts';
import { findLicense, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { commit, type Write } from '../../store/transactions.ts';
import { loadUnlocked, stillLocked } from './await-unlocked.ts';
import { type Container, isKnown, loadContainer, loadUpdates, nextHead, pendingOf } from './container.ts';
import { heldLicenses } from './container-licenses.ts';
import { type Settlement, settleLicenses } from './settle-licenses.ts';

export interface Retirement {
  readonly licenses: 'withdraw' | 'restore';
  readonly reason: string;
}

export type Retired = { readonly kind: 'retired' } | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Retires a container that is gone for good (T7). The first write blocks it for ever; then its licenses are withdrawn or made
 * available again. A repeated request continues where the first one stopped, and changes nothing on a retired container.
 */
export async function retireContainer(
  dependencies: Dependencies,
  vendor: VendorActor,
  serial: string,
  retirement: Retirement,
): Promise<Retired> {
  return retryOnConflict<Retired>(dependencies, `container ${serial}`, async () => {
    const container = await loadUnlocked(dependencies, serial);
    if (container === undefined) return { kind: 'refused', refusal: stillLocked(serial) };
    if (!isKnown(container)) {
      return { kind: 'refused', refusal: { code: 'not-found', explanation: `No container ${serial} has been seen.` } };
    }
    if (container.head.status === 'retired') {
      // The first request may have stopped before it ended the waits.
      await endWaits(dependencies, container);
      return { kind: 'retired' };
    }
    const blocked =
      container.head.status === 'retiring' || (await blockContainer(dependencies, vendor, container, retirement));
    if (blocked && (await finishRetirement(dependencies, vendor, await loadContainer(dependencies, serial)))) {
      await endWaits(dependencies, container);
      return { kind: 'retired' };
    }
    return 'changed';
  });
}

/** From here on, the container's contexts and vendor actions on it are refused. */
async function blockContainer(
  dependencies: Dependencies,
  vendor: VendorActor,
  container: Container,
  retirement: Retirement,
): Promise<boolean> {
  const at = dependencies.now().toISOString();
  const head: Head = nextHead(container, { status: 'retiring', retirement: { ...retirement, at } });
  const event = { type: 'container.retired', reason: retirement.reason } as const;
  const writes = [putHead(dependencies, head), containerHistory(dependencies, vendor, container.serial, event)];
  return (await commit(dependencies, writes)) === 'committed';
}

/** Settles the licenses of a blocked container. @returns `false` when one of them changed since it was read. */
async function finishRetirement(
  dependencies: Dependencies,
  vendor: VendorActor,
  container: Container,
): Promise<boolean> {
  const { retirement } = container.head;
  if (retirement === undefined) throw new Error(`Bug: container ${container.serial} is not being retired`);
  // First, because the entries name the reserved licenses.
  if (!(await releaseReservations(dependencies, vendor, container, retirement))) return false;
  const settlements = await settlementsOf(dependencies, container, retirement);
  const groups = await settleLicenses(dependencies, container, vendor, settlements);
  for (const group of groups) if ((await commit(dependencies, group)) === 'refused') return false;
  const head = nextHead(container, { status: 'retired', pendingCount: 0 });
  return (await commit(dependencies, [putHead(dependencies, head)])) === 'committed';
}

/** Every license that the container can still hold: its target content, and the licenses that outstanding updates remove. */
async function settlementsOf(
  dependencies: Dependencies,
  container: Container,
  retirement: Retirement,
): Promise<Settlement[]> {
  const licenses = await heldLicenses(dependencies, container);
  const settlements: Settlement[] = [];
  for (const license of licenses.values()) {
    const { standing } = license;
    if (standing.at !== 'collected' && standing.at !== 'returned') continue;
    if (standing.container !== container.serial) continue;
    const settled = settleRetirement(standing, retirement.licenses);
    // A vendor action that was accepted before has its own reason.
    settlements.push({ license, settled, reason: reasonOfSettlement(standing, settled) ?? retirement.reason });
  }
  return settlements;
}

/** Makes assigned licenses available again, and withdraws the replacements that are no longer needed. */
async function releaseReservations(
  dependencies: Dependencies,
  vendor: VendorActor,
  container: Container,
  { licenses: disposition, reason }: Retirement,
): Promise<boolean> {
  for (const action of pendingOf(container)) {
    // Settling the old license makes its replacement available, and settles a renewal.
    if (
      action.action === 'withdraw' ||
      action.action === 'renew' ||
      (action.action === 'replace' && disposition === 'restore')
    )
      continue;
    const id = action.action === 'replace' ? action.replacement.id : licenseOfAction(action);
    const license = await findLicense(dependencies, id);
    if (license === undefined || !isReservedFor(license, container.serial)) continue;
    const writes: Write[] = [];
    if (action.action === 'assign') {
      writes.push(putLicense(dependencies, { ...license, standing: { at: 'available' } }));
      writes.push(putEntry(dependencies, container.serial, { id }));
      const event = {
        type: 'assignment.cancelled',
        license: id,
        orderId: license.orderId,
        container: container.serial,
        reason,
      } as const;
      writes.push(...orderHistory(dependencies, vendor, container.serial, [event]));
    } else {
      const discarded = await discardWrites(dependencies, id);
      writes.push(...discarded.writes, ...orderHistory(dependencies, vendor, container.serial, discarded.entries));
    }
    if ((await commit(dependencies, writes)) === 'refused') return false;
  }
  return true;
}

function isReservedFor({ standing }: StoredLicense, serial: string): boolean {
  return standing.at === 'available' && containerOf(standing) === serial;
}

/** Ends the executions that wait for a receipt of the container. */
async function endWaits(dependencies: Dependencies, { serial, head }: Container): Promise<void> {
  for (const { taskToken } of await loadUpdates(
    dependencies,
    serial,
    head.confirmed.counter + 1,
    head.issued.counter,
  )) {
    if (taskToken !== undefined) await dependencies.workflow.sendReceipt(taskToken);
  }
}
