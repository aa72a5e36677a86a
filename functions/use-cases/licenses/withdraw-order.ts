import type { VendorActor } from '../../../domain/history.ts';
import { isOnTicket } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { withdrawBatch } from './withdraw-batch.ts';

/** What became of each license of a cancelled order. */
export interface OrderWithdrawal {
  readonly withdrawn: readonly string[];
  readonly pending: readonly string[];
  /** Reported, not lost: the order stands for the others all the same. */
  readonly refused: readonly { readonly license: string; readonly refusal: Refusal }[];
}

/**
 * Withdraws what an order delivered, or those of its licenses that `isMeant` names, by W1 to W5 for each. One that others of
 * them depend on is tried again after those.
 */
export async function withdrawOrder(
  dependencies: Dependencies,
  vendor: VendorActor,
  ticket: string,
  reason: string | undefined,
  isMeant: (license: string) => boolean = () => true,
): Promise<OrderWithdrawal> {
  const withdrawn: string[] = [];
  const pending: string[] = [];
  const onTicket = async (): Promise<StoredLicense[]> => {
    const licenses = await licensesOfTicket(dependencies, ticket);
    return licenses.filter((one) => isOnTicket(one.standing) && isMeant(one.id));
  };
  let left = await onTicket();
  for (;;) {
    const refused: { license: string; refusal: Refusal }[] = [];
    const ordered = await withdrawBatch(dependencies, vendor, left, reason);
    for (const { id: license } of left) {
      const one = ordered.get(license);
      if (one === undefined) throw new Error(`Nothing has come of the license ${license}`);
      if (one.kind === 'refused') refused.push({ license, refusal: one.refusal });
      else if (one.result.status === 'withdrawn') withdrawn.push(license);
      else pending.push(license);
    }
    if (refused.some(({ refusal }) => refusal.code === 'license-final')) {
      // Replaced meanwhile: its successor is on the ticket now.
      left = (await onTicket()).filter(({ id }) => !pending.includes(id));
      continue;
    }
    const dependent = refused.filter(({ refusal }) => refusal.code === 'dependency-violation');
    if (dependent.length === 0 || refused.length === left.length) return { withdrawn, pending, refused };
    const again = new Set(refused.map(({ license }) => license));
    left = left.filter(({ id }) => again.has(id));
  }
}
