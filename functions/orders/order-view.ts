import { isOnTicket } from '../../domain/license.ts';
import { confirmedCounters } from '../containers/confirmed-counters.ts';
import type { Runtime } from '../ports.ts';
import { type LicenseView, vendorLicense } from '../schemas/views.ts';
import { licensesOfTicket } from '../table/license-item.ts';
import type { StoredOrder } from './order-item.ts';

/** An order as the vendor sees it: its ticket with the licenses that are on it. */
export interface OrderView {
  readonly orderId: string;
  readonly customer?: StoredOrder['customer'];
  readonly ticket: string;
  readonly createdAt: string;
  readonly licenses: readonly LicenseView[];
}

export async function viewOrder(runtime: Runtime, order: StoredOrder): Promise<OrderView> {
  const { orderId, customer, ticket, createdAt } = order;
  const licenses = (await licensesOfTicket(runtime, ticket)).filter((license) => isOnTicket(license.standing));
  const confirmed = await confirmedCounters(runtime, licenses);
  return {
    orderId,
    ...(customer === undefined ? {} : { customer }),
    ticket,
    createdAt,
    licenses: licenses.map((license) => vendorLicense(license, confirmed)),
  };
}

/** An order in a list: without its licenses. */
export function summarizeOrder({ orderId, customer, ticket, createdAt, items }: StoredOrder): object {
  return { orderId, ...(customer === undefined ? {} : { customer }), ticket, createdAt, items };
}
