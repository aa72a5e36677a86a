import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { terms } from './item-schemas.ts';
import { orderKey, ticketKey } from './keys.ts';
import { getItem, getItems, type RawItem } from './queries.ts';

const sale = z.object({
  /** `units`: how many licenses each item of the line's SKU came to; they follow each other, in the order of the lines. */
  lines: z.array(z.object({ line: z.string(), quantity: z.int(), units: z.array(z.int()) })),
  /** Refunds that the sale was delivered without already. */
  refunded: z.array(z.string()),
});
export type StoredSale = z.infer<typeof sale>;

const orderItem = z.object({
  orderId: z.string(),
  customer: z.exactOptional(z.union([z.string(), z.record(z.string(), z.string())])),
  ticket: z.string(),
  /** SHA-256 of the canonical body: the same order again is known by it. */
  body: z.string(),
  items: z.array(z.object({ product: z.string(), quantity: z.int(), terms: z.exactOptional(terms) })),
  /** Random; the ids of the order's licenses derive from it, so that a stopped delivery goes on with the same ones. */
  seed: z.string(),
  createdAt: z.string(),
  /** Of a shop's order: what each of its lines delivered, so that a refund takes back just that. */
  sale: z.exactOptional(sale),
  state: z.enum(['delivering', 'delivered']),
});

/** What the vendor's ERP sold. While it is `delivering` nobody sees it. */
export type StoredOrder = z.infer<typeof orderItem>;

export function parseOrder(item: RawItem): StoredOrder {
  return orderItem.parse(item);
}

/** What a customer is found by: the text, or each of the named ones. */
export function namesOf(customer: StoredOrder['customer']): readonly string[] {
  if (customer === undefined) return [];
  return typeof customer === 'string' ? [customer] : Object.values(customer);
}

export async function getOrder(dependencies: Dependencies, orderId: string): Promise<StoredOrder | undefined> {
  const item = await getItem(dependencies, orderKey(orderId));
  return item === undefined ? undefined : parseOrder(item);
}

/** The order, once all of it is there. */
export async function getDelivered(dependencies: Dependencies, orderId: string): Promise<StoredOrder | undefined> {
  const order = await getOrder(dependencies, orderId);
  return order?.state === 'delivered' ? order : undefined;
}

const ticketItem = z.object({ orderId: z.string() });

/** The id of the order that a ticket belongs to. */
export async function orderOfTicket(dependencies: Dependencies, code: string): Promise<string | undefined> {
  const item = await getItem(dependencies, ticketKey(code));
  return item === undefined ? undefined : ticketItem.parse(item).orderId;
}

/** Orders by their ids; those that are not there are left out. */
export async function getOrders(
  dependencies: Dependencies,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, StoredOrder>> {
  const orders = (await getItems(dependencies, orderIds.map(orderKey))).map(parseOrder);
  return new Map(orders.map((order) => [order.orderId, order]));
}
