import type { VendorActor } from '../../../domain/history.ts';
import { isOnTicket } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { awaitRevision } from '../containers/large-revision.ts';
import { withdrawBatch } from './withdraw-batch.ts';

/** The result for each license of a withdrawn order, by license id. */
export interface OrderWithdrawal {
  readonly withdrawn: readonly string[];
  readonly pending: readonly string[];
  /** Refusals of single licenses; the other licenses are withdrawn all the same. */
  readonly refused: readonly { readonly license: string; readonly refusal: Refusal }[];
}

/**
 * Withdraws the licenses that an order delivered, each by W1 to W5. A license that others depend on is tried again after
 * them.
 * @param isIncluded whether to withdraw this license; all licenses unless given.
 */
export async function withdrawOrder(
  dependencies: Dependencies,
  vendor: VendorActor,
  ticket: string,
  reason: string | undefined,
  isIncluded: (license: string) => boolean = () => true,
): Promise<OrderWithdrawal> {
  const withdrawn: string[] = [];
  const pending: string[] = [];
  const onTicket = async (): Promise<StoredLicense[]> => {
    let licenses = await licensesOfTicket(dependencies, ticket);
    const held = licenses.find(({ standing }) => standing.at === 'available' && standing.reservation?.for === 'revise');
    if (held !== undefined && (await awaitRevision(dependencies, held.orderId))) {
      licenses = await licensesOfTicket(dependencies, ticket);
    }
    return licenses.filter((license) => isOnTicket(license.standing) && isIncluded(license.id));
  };
  let left = await onTicket();
  for (;;) {
    const refused: { license: string; refusal: Refusal }[] = [];
    const results = await withdrawBatch(dependencies, vendor, left, reason);
    for (const { id: license } of left) {
      const result = results.get(license);
      if (result === undefined) throw new Error(`Bug: the batch has no result for license ${license}`);
      if (result.kind === 'refused') refused.push({ license, refusal: result.refusal });
      else if (result.result.status === 'withdrawn') withdrawn.push(license);
      else pending.push(license);
    }
    if (refused.some(({ refusal }) => refusal.code === 'license-final')) {
      // A license was replaced after it was read: its successor is on the ticket now.
      left = (await onTicket()).filter(({ id }) => !pending.includes(id));
      continue;
    }
    const dependent = refused.filter(({ refusal }) => refusal.code === 'dependency-violation');
    if (dependent.length === 0 || refused.length === left.length) return { withdrawn, pending, refused };
    const refusedIds = new Set(refused.map(({ license }) => license));
    left = left.filter(({ id }) => refusedIds.has(id));
  }
}
