import { loadContainer, nextHead } from '../containers/container.ts';
import type { Runtime } from '../ports.ts';
import { inChunks } from '../table/chunks.ts';
import { commit, TRANSACTION_ITEMS, type Write } from '../table/commit.ts';
import { putHead, type Reprogramming, removeReprogramming } from '../table/container-items.ts';
import { getLicenses, putLicense, type StoredLicense } from '../table/license-item.ts';

/** Reservations that fit beside the head and the plan in one transaction, whatever the plan's size. */
const FIT_WITH_PLAN = 80;

/** Reserves a license that is free for this container, provided that nobody has touched it since it was read (T6). */
export function reservationWrite(
  runtime: Runtime,
  license: StoredLicense,
  container: string,
  reprogramming: string,
): Write {
  const standing = { at: 'available', reservation: { for: 'activate', container, reprogramming } } as const;
  return putLicense(runtime, { ...license, standing });
}

/**
 * Reserves what did not fit into the plan's own transaction, in chunks. `false`: one of them is taken, the plan cannot
 * be carried out.
 */
export async function reserveRest(runtime: Runtime, planned: Reprogramming): Promise<boolean> {
  const activated = planned.changes.filter((change) => change.step === 'activate').map((change) => change.license);
  if (activated.length <= FIT_WITH_PLAN) return true;
  const container = serialOf(planned);
  for (const chunk of inChunks(activated, TRANSACTION_ITEMS)) {
    const licenses = await getLicenses(runtime, chunk);
    const writes: Write[] = [];
    for (const { id } of chunk) {
      const license = licenses.get(id);
      if (license === undefined) return false;
      const { standing } = license;
      if (isReservedBy(license, planned.id) || isCollectedBy(license, container, planned.counter)) continue;
      if (standing.at !== 'available' || standing.reservation !== undefined) return false;
      writes.push(reservationWrite(runtime, license, container, planned.id));
    }
    if ((await commit(runtime, writes)) === 'refused') return false;
  }
  return true;
}

/** Takes a plan back that could not reserve all its licenses: the reservations first, then the plan and the lock. */
export async function releasePlan(runtime: Runtime, serial: string, planned: Reprogramming): Promise<void> {
  const activated = planned.changes.filter((change) => change.step === 'activate').map((change) => change.license);
  for (const chunk of inChunks(activated, TRANSACTION_ITEMS)) {
    const licenses = await getLicenses(runtime, chunk);
    const writes = [...licenses.values()]
      .filter((license) => isReservedBy(license, planned.id))
      .map((license) => putLicense(runtime, { ...license, standing: { at: 'available' } }));
    await commit(runtime, writes);
  }
  const container = await loadContainer(runtime, serial);
  if (container.head.lock?.reprogramming !== planned.id) return;
  const { lock: _, ...head } = nextHead(container, {});
  await commit(runtime, [putHead(runtime, head), ...removeReprogramming(runtime, serial, planned)]);
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

function serialOf(planned: Reprogramming): string {
  return planned.id.slice(0, 43);
}
