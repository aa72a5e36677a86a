import type { TicketLicense } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type Head, parseHead, putHead } from '../../store/container-head-item.ts';
import { containerKey } from '../../store/keys.ts';
import { getLicenses, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { getItem } from '../../store/queries.ts';
import { itemsOfReprogramming, type Reprogramming, removeReprogramming } from '../../store/reprogramming-item.ts';
import { commit, packTransactions, TRANSACTION_ITEMS, type Write } from '../../store/transactions.ts';
import { loadContainer, nextHead } from '../containers/container.ts';

/** Reserves a license that is free for this container, provided that nobody has touched it since it was read (T6). */
export function reservationWrite(
  dependencies: Dependencies,
  license: StoredLicense,
  container: string,
  reprogramming: string,
): Write {
  const standing = { at: 'available', reservation: { for: 'activate', container, reprogramming } } as const;
  return putLicense(dependencies, { ...license, standing });
}

/** How many reservations have room in the transaction of the plan: beside the head, and the plan itself. */
export function roomBeside(plan: Pick<Reprogramming, 'changes' | 'dropped'>): number {
  return TRANSACTION_ITEMS - 1 - itemsOfReprogramming(plan);
}

/**
 * Reserves what did not fit into the plan's own transaction, in chunks. `false`: one of them is taken, and the plan cannot
 * be carried out; or it is no more the plan, and what has become of it is to be looked at anew.
 */
export async function reserveRest(
  dependencies: Dependencies,
  serial: string,
  planned: Reprogramming,
): Promise<boolean> {
  for (const chunk of packTransactions(activatedBy(planned).slice(roomBeside(planned)), BESIDE_LOCK)) {
    if (!(await reserveChunk(dependencies, serial, planned, chunk))) return false;
  }
  return true;
}

/** Each transaction also checks that the lock is still this plan's. */
const BESIDE_LOCK = { beside: 1 };

async function reserveChunk(
  dependencies: Dependencies,
  serial: string,
  planned: Reprogramming,
  chunk: readonly TicketLicense[],
): Promise<boolean> {
  return retryOnConflict(dependencies, `the licenses that ${planned.id} activates`, async () => {
    const licenses = await getLicenses(dependencies, chunk);
    const writes: Write[] = [];
    for (const { id } of chunk) {
      const license = licenses.get(id);
      if (license === undefined) return false;
      const { standing } = license;
      if (isReservedBy(license, planned.id) || isCollectedBy(license, serial, planned.counter)) continue;
      if (standing.at !== 'available' || standing.reservation !== undefined) return false;
      writes.push(reservationWrite(dependencies, license, serial, planned.id));
    }
    if (writes.length === 0) return true;
    if ((await commit(dependencies, [lockOf(dependencies, serial, planned), ...writes])) === 'committed') return true;
    // Another run of this very plan may have reserved some of them meanwhile: only what they say now tells.
    return (await planHoldsLock(dependencies, serial, planned)) ? 'changed' : false;
  });
}

/**
 * Takes a plan back that could not reserve all its licenses: the reservations first, then the plan and the lock. Of a plan
 * that has been taken back already, or carried out, it leaves everything as it is.
 */
export async function releasePlan(dependencies: Dependencies, serial: string, planned: Reprogramming): Promise<void> {
  for (const chunk of packTransactions(activatedBy(planned), BESIDE_LOCK))
    await releaseChunk(dependencies, serial, planned, chunk);
  const container = await loadContainer(dependencies, serial);
  if (!isLockedFor(container.head, planned)) return;
  const { lock: _, ...head } = nextHead(container, {});
  await commit(dependencies, [putHead(dependencies, head), ...removeReprogramming(dependencies, serial, planned)]);
}

async function releaseChunk(
  dependencies: Dependencies,
  serial: string,
  planned: Reprogramming,
  chunk: readonly TicketLicense[],
): Promise<void> {
  await retryOnConflict(dependencies, `the licenses that ${planned.id} reserved`, async () => {
    const licenses = await getLicenses(dependencies, chunk);
    const reserved = [...licenses.values()].filter((license) => isReservedBy(license, planned.id));
    if (reserved.length === 0) return 'done';
    const writes = reserved.map((license) => putLicense(dependencies, { ...license, standing: { at: 'available' } }));
    if ((await commit(dependencies, [lockOf(dependencies, serial, planned), ...writes])) === 'committed') return 'done';
    return (await planHoldsLock(dependencies, serial, planned)) ? 'changed' : 'done';
  });
}

/**
 * Lets the others be written only while the container is locked for this very plan. One that was taken back and made again
 * has the same id, and another time.
 */
function lockOf(dependencies: Dependencies, serial: string, { id, plannedAt }: Reprogramming): Write {
  return {
    ConditionCheck: {
      TableName: dependencies.tableName,
      Key: { ...containerKey(serial) },
      ConditionExpression: '#lock.reprogramming = :id AND #lock.since = :since',
      ExpressionAttributeNames: { '#lock': 'lock' },
      ExpressionAttributeValues: { ':id': id, ':since': plannedAt },
    },
  };
}

async function planHoldsLock(dependencies: Dependencies, serial: string, planned: Reprogramming): Promise<boolean> {
  const item = await getItem(dependencies, containerKey(serial));
  return item !== undefined && isLockedFor(parseHead(item), planned);
}

function isLockedFor({ lock }: Head, { id, plannedAt }: Reprogramming): boolean {
  return lock?.reprogramming === id && lock.since === plannedAt;
}

function activatedBy({ changes }: Reprogramming): TicketLicense[] {
  return changes.flatMap((change) => (change.step === 'activate' ? [change.license] : []));
}

function isReservedBy({ standing }: StoredLicense, reprogramming: string): boolean {
  return (
    standing.at === 'available' &&
    standing.reservation?.for === 'activate' &&
    standing.reservation.reprogramming === reprogramming
  );
}

function isCollectedBy({ standing }: StoredLicense, container: string, counter: number): boolean {
  return standing.at === 'collected' && standing.container === container && standing.counter === counter;
}
