import * as z from 'zod/mini';
import { count, productCode, serial, text, ticketCode, time } from './forms.ts';
import { license, terms } from './license.ts';

const sold = {
  orderId: text,
  customer: z.exactOptional(z.union([z.string(), z.record(z.string(), z.string())])),
  ticket: ticketCode,
  createdAt: time,
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
  licenses: z.array(license),
  /** The number of licenses per state, final states included, although no list shows those licenses (W1, R4). */
  counts,
});

/** The order of a ticket, for support. */
export const ticketOrder = z.strictObject({
  code: ticketCode,
  orderId: text,
  customer: sold.customer,
  createdAt: time,
  licenses: z.array(license),
  counts,
  containers: z.array(serial),
  /** Addresses of related resources. */
  links: z.strictObject({ order: text, history: text, ordersOfCustomer: z.array(text) }),
});

const orderItem = z.strictObject({
  product: productCode,
  quantity: z.int().check(z.positive()),
  terms: z.exactOptional(terms),
});

/** The products that one unit of a shop's SKU delivers. */
export const skuMapping = z.strictObject({ sku: text, items: z.array(orderItem) });

/** An order in a list: its items, without the licenses. */
export const orderSummary = z.strictObject({ ...sold, items: z.array(orderItem) });
