import type { AnswerOf } from '../../../contract/endpoints.ts';
import { defined } from '../../../domain/defined.ts';
import { shownTerms } from '../../../domain/duration.ts';
import { isFinal, isOnTicket, type LicenseState, wasSold } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { revisionOf, type StoredOrder, sortedCustomer } from '../../store/order-item.ts';
import { loadContainersOf } from '../../use-cases/licenses/license-states.ts';
import { vendorLicense } from './license-view.ts';

/** An order as the vendor sees it: its ticket with the licenses that are on it. */
export async function viewOrder(dependencies: Dependencies, order: StoredOrder): Promise<AnswerOf<'getOrder'>> {
  const { orderId, ticket, createdAt, sale } = order;
  const known = await licensesOfTicket(dependencies, ticket);
  const licenses = known.filter((license) => isOnTicket(license.standing));
  const { stateOf, headOf } = await loadContainersOf(dependencies, licenses);
  return {
    orderId,
    ...defined({ customer: sortedCustomer(order.customer) }),
    ticket,
    createdAt,
    revision: revisionOf(order),
    ...defined({ cancelledAt: order.cancelledAt }),
    ...(sale?.test === true ? { test: sale.test } : {}),
    licenses: licenses.map((license) => vendorLicense(license, stateOf(license), headOf(license))),
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
    const { standing } = license;
    if (isOnTicket(standing) || (isFinal(standing) && wasSold(license, byId))) counts[stateOf(license)] += 1;
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
  sale,
}: StoredOrder): AnswerOf<'listOrders'>['items'][number] {
  const test = sale?.test === true ? { test: sale.test } : {};
  return {
    orderId,
    ...defined({ customer: sortedCustomer(customer) }),
    ticket,
    createdAt,
    ...test,
    items: items.map(shownItem),
  };
}

/** An item of an order or of an SKU mapping, with its duration as answers show it. */
export function shownItem({ terms, ...item }: StoredOrder['items'][number]) {
  return { ...item, ...(terms === undefined ? {} : { terms: shownTerms(terms) }) };
}
