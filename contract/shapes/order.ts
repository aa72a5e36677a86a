import * as z from 'zod/mini';
import { UNIT_OUTCOMES } from '../../domain/order-revision.ts';
import { count, licenseId, productCode, serial, text, ticketCode, time } from './forms.ts';
import { crit, license, soldTerms } from './license.ts';

/** The vendor's own reference to the customer. */
export const customerReference = z.exactOptional(z.union([z.string(), z.record(z.string(), z.string())]));

const sold = {
  orderId: text,
  customer: customerReference,
  ticket: ticketCode,
  createdAt: time,
  /** Sold in a shop's test mode: nobody has paid. */
  test: z.exactOptional(z.literal(true)),
};

const counts = z.strictObject({
  available: count,
  'collected-without-receipt': count,
  'confirmed-collected': count,
  'returned-without-receipt': count,
  withdrawn: count,
  replaced: count,
});

export const order = z.strictObject({
  ...sold,
  /** The number of the order's newest revision; 1: as it was created. It is the entity tag, too. */
  revision: z.int().check(z.positive()),
  /** When the order was cancelled. */
  cancelledAt: z.exactOptional(time),
  licenses: z.array(license),
  /** The number of licenses per state, final states included, although no list shows those licenses (W1, R4). */
  counts,
});

/** The order of a ticket, for support. */
export const ticketOrder = z.strictObject({
  code: ticketCode,
  /** The same code, under the name that it has in an order. */
  ticket: ticketCode,
  orderId: text,
  customer: sold.customer,
  createdAt: time,
  revision: order.shape.revision,
  cancelledAt: order.shape.cancelledAt,
  test: sold.test,
  licenses: z.array(license),
  counts,
  containers: z.array(serial),
  /** Addresses of related resources. */
  links: z.strictObject({ order: text, history: text, ordersOfCustomer: z.array(text) }),
});

export const orderItem = z.strictObject({
  product: productCode,
  quantity: z.int().check(z.positive()),
  terms: z.exactOptional(soldTerms),
  crit,
});

/** What a revision did with one unit. */
const revisedUnit = z.strictObject({
  /** Index of the unit in the new order, from 0; of a withdrawn unit, in the old one. */
  index: count,
  outcome: z.enum(UNIT_OUTCOMES),
  /** It waits for the license's container. */
  pending: z.exactOptional(z.literal(true)),
  license: licenseId,
  /** The new license of a replaced one. */
  successor: z.exactOptional(licenseId),
});

export const revisedOrder = z.strictObject({
  orderId: text,
  ticket: ticketCode,
  /** In a preview, the number that the revision would have. */
  revision: z.int().check(z.positive()),
  units: z.array(revisedUnit),
});

/** The products that one unit of a shop's SKU delivers. */
export const skuMapping = z.strictObject({ sku: text, items: z.array(orderItem) });

/** A name of a customer, and the addresses of its orders and licenses. */
export const customerSummary = z.strictObject({ name: text, links: z.strictObject({ orders: text, licenses: text }) });

/** An order in a list: its items, without the licenses. */
export const orderSummary = z.strictObject({ ...sold, items: z.array(orderItem) });
