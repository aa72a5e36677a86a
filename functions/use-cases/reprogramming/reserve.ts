import type { TicketLicense } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getHead, type Head, putHead } from '../../store/container-head-item.ts';
import { containerKey } from '../../store/keys.ts';
import { getLicenses, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { itemsOfReprogramming, type Reprogramming, removeReprogramming } from '../../store/reprogramming-item.ts';
import { commit, packTransactions, TRANSACTION_ITEMS, type Write } from '../../store/transactions.ts';
import { loadContainer, nextHead } from '../containers/container.ts';

/** Reserves a license for this container, provided that it did not change since it was read (T6). */
export function reservationWrite(
  dependencies: Dependencies,
  license: StoredLicense,
  container: string,
  reprogramming: string,
): Write {
  return putLicense(dependencies, { ...license, standing: reservedFor(container, reprogramming) });
}

/** The license as {@link reservationWrite} leaves it. */
export function reservedLicense(license: StoredLicense, container: string, reprogramming: string): StoredLicense {
  return { ...license, standing: reservedFor(container, reprogramming), revision: license.revision + 1 };
}

function reservedFor(container: string, reprogramming: string): StoredLicense['standing'] {
  return { at: 'available', reservation: { for: 'activate', container, reprogramming } };
}

/** How many reservations fit into the plan's transaction, beside the head and the plan. */
export function roomBeside(plan: Pick<Reprogramming, 'changes' | 'dropped'>): number {
  return TRANSACTION_ITEMS - 1 - itemsOfReprogramming(plan);
}

/**
 * Reserves the licenses that did not fit into the plan's transaction, in further transactions.
 * @returns `false` when one of them is taken, so that the plan cannot be carried out, or when the plan no longer holds the lock.
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
    if ((await commit(dependencies, [checkPlanLock(dependencies, serial, planned), ...writes])) === 'committed')
      return true;
    // Another run of this task may have reserved some of them meanwhile: read them again.
    return (await planHoldsLock(dependencies, serial, planned)) ? 'changed' : false;
  });
}

/**
 * Takes back a plan that could not reserve all its licenses: first the reservations, then the plan and the lock. Changes nothing
 * if the plan was taken back already, or carried out.
 */
export async function releasePlan(dependencies: Dependencies, serial: string, planned: Reprogramming): Promise<void> {
  for (const chunk of packTransactions(activatedBy(planned), BESIDE_LOCK))
    await releaseChunk(dependencies, serial, planned, chunk);
  const container = await loadContainer(dependencies, serial);
  if (!isLockedByPlan(container.head, planned)) return;
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
    if ((await commit(dependencies, [checkPlanLock(dependencies, serial, planned), ...writes])) === 'committed')
      return 'done';
    return (await planHoldsLock(dependencies, serial, planned)) ? 'changed' : 'done';
  });
}

/**
 * Refuses the transaction unless this plan holds the container's lock. A plan that was taken back and made again has the same
 * id, but another time.
 */
function checkPlanLock(dependencies: Dependencies, serial: string, { id, plannedAt }: Reprogramming): Write {
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

/** Whether this plan holds the lock: the same reprogramming, planned at the same time. */
async function planHoldsLock(dependencies: Dependencies, serial: string, planned: Reprogramming): Promise<boolean> {
  const head = await getHead(dependencies, serial);
  return head !== undefined && isLockedByPlan(head, planned);
}

function isLockedByPlan({ lock }: Head, { id, plannedAt }: Reprogramming): boolean {
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
