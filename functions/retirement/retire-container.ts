import { orderedLicense } from '../../domain/pending.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { settleRetirement } from '../../domain/settlement.ts';
import { type Container, isKnown, loadContainer, loadUpdates, nextHead, pendingOf } from '../containers/container.ts';
import { type Settlement, settleLicenses } from '../containers/settle-licenses.ts';
import { loadUnlocked, stillLocked } from '../containers/unlocked.ts';
import { discardWrites } from '../licenses/order-on-license.ts';
import type { Runtime } from '../ports.ts';
import { attempts } from '../table/attempts.ts';
import { commit, type Write } from '../table/commit.ts';
import { type Head, putEntry, putHead } from '../table/container-items.ts';
import { containerHistory, orderHistory } from '../table/history-items.ts';
import { findLicense, getLicenses, putLicense, type StoredLicense } from '../table/license-item.ts';

export interface Retirement {
  readonly licenses: 'withdraw' | 'restore';
  readonly reason: string;
}

export type Retired = { readonly kind: 'retired' } | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Retires a container that is gone for good (T7): blocked for ever from the first write on, its licenses withdrawn or
 * available again. Asked again it goes on where it was stopped, and a container that is retired stays as it is.
 */
export async function retireContainer(runtime: Runtime, serial: string, retirement: Retirement): Promise<Retired> {
  for await (const _ of attempts(runtime)) {
    const container = await loadUnlocked(runtime, serial);
    if (container === undefined) return { kind: 'refused', refusal: stillLocked(serial) };
    if (!isKnown(container)) {
      return { kind: 'refused', refusal: { code: 'not-found', explanation: `No container ${serial} has been seen.` } };
    }
    if (container.head.status === 'retired') {
      // The first time may have been stopped before everybody was told.
      await endWaits(runtime, container);
      return { kind: 'retired' };
    }
    const blocked = container.head.status === 'retiring' || (await block(runtime, container, retirement));
    if (blocked && (await settle(runtime, await loadContainer(runtime, serial)))) {
      await endWaits(runtime, container);
      return { kind: 'retired' };
    }
  }
  throw new Error(`The container ${serial} keeps changing`);
}

/** From here on no context and no order is accepted any more. */
async function block(runtime: Runtime, container: Container, retirement: Retirement): Promise<boolean> {
  const at = runtime.now().toISOString();
  const head: Head = nextHead(container, { status: 'retiring', retirement: { ...retirement, at } });
  const event = { type: 'container.retired', reason: retirement.reason } as const;
  const writes = [putHead(runtime, head), containerHistory(runtime, 'vendor', container.serial, event)];
  return (await commit(runtime, writes)) === 'committed';
}

async function settle(runtime: Runtime, container: Container): Promise<boolean> {
  const { retirement } = container.head;
  if (retirement === undefined) throw new Error(`The container ${container.serial} is not being retired`);
  // First, while the entries still name them.
  if (!(await releaseReservations(runtime, container, retirement.licenses))) return false;
  const settlements = await settlementsOf(runtime, container, retirement.licenses);
  const reasoned = settlements.map((one) => ({ ...one, reason: retirement.reason }));
  const groups = await settleLicenses(runtime, container, 'vendor', reasoned);
  for (const group of groups) if ((await commit(runtime, group)) === 'refused') return false;
  const head = nextHead(container, { status: 'retired', pendingCount: 0 });
  return (await commit(runtime, [putHead(runtime, head)])) === 'committed';
}

/** Every license that the container may still hold: its target content, and what outstanding updates remove. */
async function settlementsOf(
  runtime: Runtime,
  container: Container,
  disposition: 'withdraw' | 'restore',
): Promise<Settlement[]> {
  const held = [...container.entries.values()].flatMap((entry) =>
    entry.held === undefined ? [] : [entry.held.license],
  );
  const leaving = container.outstanding.flatMap(({ changes }) => changes.map((change) => change.license));
  const licenses = await getLicenses(runtime, [...held, ...leaving]);
  const settlements: Settlement[] = [];
  for (const license of licenses.values()) {
    const { standing } = license;
    if (standing.at !== 'collected' && standing.at !== 'returned') continue;
    if (standing.container !== container.serial) continue;
    settlements.push({ license, settled: settleRetirement(standing, disposition) });
  }
  return settlements;
}

/** Assigned licenses are free again; replacements that nobody will get any more are gone. */
async function releaseReservations(
  runtime: Runtime,
  container: Container,
  disposition: 'withdraw' | 'restore',
): Promise<boolean> {
  for (const action of pendingOf(container)) {
    // Restored, the old license makes room for the new one, which goes on offer.
    if (action.action === 'withdraw' || (action.action === 'replace' && disposition === 'restore')) continue;
    const id = action.action === 'replace' ? action.replacement.id : orderedLicense(action);
    const license = await findLicense(runtime, id);
    if (license === undefined || !isReservedFor(license, container.serial)) continue;
    const writes: Write[] = [];
    if (action.action === 'assign') {
      writes.push(putLicense(runtime, { ...license, standing: { at: 'available' } }));
      writes.push(putEntry(runtime, container.serial, { id }));
      const event = {
        type: 'assignment.cancelled',
        license: id,
        orderId: license.orderId,
        container: container.serial,
      } as const;
      writes.push(...orderHistory(runtime, 'vendor', container.serial, [event]));
    } else {
      const discarded = await discardWrites(runtime, id);
      writes.push(...discarded.writes, ...orderHistory(runtime, 'vendor', container.serial, discarded.entries));
    }
    if ((await commit(runtime, writes)) === 'refused') return false;
  }
  return true;
}

function isReservedFor({ standing }: StoredLicense, serial: string): boolean {
  return standing.at === 'available' && standing.reservation?.container === serial;
}

/** Nobody waits for the receipts of a retired container. */
async function endWaits(runtime: Runtime, { serial, head }: Container): Promise<void> {
  for (const { taskToken } of await loadUpdates(runtime, serial, head.confirmed.counter + 1, head.issued.counter)) {
    if (taskToken !== undefined) await runtime.workflow.sendReceipt(taskToken);
  }
}
