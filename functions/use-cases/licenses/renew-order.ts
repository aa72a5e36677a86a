import type { VendorActor } from '../../../domain/history.ts';
import { containerOf, isOnTicket } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { inParallel } from '../in-parallel.ts';
import { type RenewalRequest, renewLicense } from './renew.ts';

/** The result for each license of a renewed order, by license id. */
export interface OrderRenewal {
  readonly renewed: readonly string[];
  readonly pending: readonly string[];
  /** Refusals of single licenses; the other licenses are renewed all the same. */
  readonly refused: readonly { readonly license: string; readonly refusal: Refusal }[];
}

const GROUPS_AT_ONCE = 10;

/**
 * Renews the licenses that an order delivered (N1), but no license that is being withdrawn: the order's renewal does not say
 * that the vendor changed their mind. A repeated call continues where the first one stopped.
 * @param isIncluded whether to renew this license.
 */
export async function renewOrder(
  dependencies: Dependencies,
  vendor: VendorActor,
  ticket: string,
  renewal: RenewalRequest,
  isIncluded: (license: StoredLicense) => boolean,
): Promise<OrderRenewal> {
  const renewed: string[] = [];
  const pending: string[] = [];
  const refused: { license: string; refusal: Refusal }[] = [];
  const licenses = (await licensesOfTicket(dependencies, ticket)).filter(
    (license) => isOnTicket(license.standing) && !isLeavingForGood(license) && isIncluded(license),
  );
  // The licenses of one container one after the other: each of them writes the container's head.
  const groups = Map.groupBy(licenses, ({ id, standing }) => containerOf(standing) ?? id);
  await inParallel(groups.values(), GROUPS_AT_ONCE, async (group) => {
    for (const { id } of group) {
      const result = await renewLicense(dependencies, vendor, id, renewal);
      // Withdrawn or replaced after it was read: then it is no longer one of the order.
      if (result.kind === 'refused' && result.refusal.code === 'license-final') continue;
      if (result.kind === 'refused') refused.push({ license: id, refusal: result.refusal });
      else (result.result.status === 'renewed' ? renewed : pending).push(id);
    }
  });
  return { renewed: renewed.sort(), pending: pending.sort(), refused };
}

/** Whether the license is being withdrawn, or an update replaces it: then its successor is on the ticket. */
function isLeavingForGood({ standing }: StoredLicense): boolean {
  if (standing.at === 'returned' && standing.cause !== 'deactivate') return true;
  return (standing.at === 'collected' || standing.at === 'returned') && standing.earmark?.action === 'withdraw';
}
