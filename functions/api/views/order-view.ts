import type { AnswerOf } from '../../../contract/endpoints.ts';
import { isFinal, isOnTicket, type LicenseState } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import type { StoredOrder } from '../../store/order-item.ts';
import { loadStates } from '../../use-cases/licenses/license-states.ts';
import { vendorLicense } from './license-view.ts';

/** An order as the vendor sees it: its ticket with the licenses that are on it. */
export async function viewOrder(dependencies: Dependencies, order: StoredOrder): Promise<AnswerOf<'getOrder'>> {
  const { orderId, customer, ticket, createdAt } = order;
  const known = await licensesOfTicket(dependencies, ticket);
  const licenses = known.filter((license) => isOnTicket(license.standing));
  const stateOf = await loadStates(dependencies, licenses);
  return {
    orderId,
    ...(customer === undefined ? {} : { customer }),
    ticket,
    createdAt,
    licenses: licenses.map((license) => vendorLicense(license, stateOf(license))),
    counts: countByState(known, stateOf),
  };
}

function countByState(
  licenses: readonly StoredLicense[],
  stateOf: (license: StoredLicense) => LicenseState,
): Readonly<Record<LicenseState, number>> {
  const counts: Record<LicenseState, number> = {
    available: 0,
    'collected-without-receipt': 0,
    'confirmed-collected': 0,
    'returned-without-receipt': 0,
    withdrawn: 0,
    replaced: 0,
  };
  const byId = new Map(licenses.map((license) => [license.id, license]));
  for (const license of licenses) {
    const { id, standing, predecessor } = license;
    // A replacement counts once it is on offer or in its container, so one that was cancelled before does not.
    const wasDiscarded = predecessor !== undefined && byId.get(predecessor)?.successor !== id;
    if (isOnTicket(standing) || (isFinal(standing) && !wasDiscarded)) counts[stateOf(license)] += 1;
  }
  return counts;
}

/** An order in a list: without its licenses. */
export function summarizeOrder({
  orderId,
  customer,
  ticket,
  createdAt,
  items,
}: StoredOrder): AnswerOf<'listOrders'>['items'][number] {
  return { orderId, ...(customer === undefined ? {} : { customer }), ticket, createdAt, items };
}
