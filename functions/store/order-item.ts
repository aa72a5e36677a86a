import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { crit, terms } from './item-schemas.ts';
import { ORDERS_INDEX, orderKey, ticketKey } from './keys.ts';
import { getItem, getItems, type RawItem } from './queries.ts';
import type { Write } from './transactions.ts';

const sale = z.object({
  /** `units`: how many licenses each item of the line's SKU delivered, in the order of the lines. */
  lines: z.array(z.object({ line: z.string(), quantity: z.int(), units: z.array(z.int()) })),
  /** Refunds that were made before the delivery: the sale was delivered without them. */
  refunded: z.array(z.string()),
  /** SKUs of lines that delivered nothing, because the source skips unknown SKUs. */
  skipped: z.exactOptional(z.array(z.string())),
  /** A sale in the shop's test mode: nobody has paid. */
  test: z.exactOptional(z.literal(true)),
  /** When the shop reported the payment, RFC 3339 UTC, and the sale's total: what a later failure or dispute is compared with. */
  paidAt: z.exactOptional(z.string()),
  total: z.exactOptional(z.object({ amount: z.number(), currency: z.string() })),
});
export type StoredSale = z.infer<typeof sale>;

export const customer = z.exactOptional(z.union([z.string(), z.record(z.string(), z.string())]));

export const orderItem = z.object({ product: z.string(), quantity: z.int(), terms: z.exactOptional(terms), crit });

const storedOrder = z.object({
  orderId: z.string(),
  customer,
  ticket: z.string(),
  /** SHA-256 of the canonical body, which identifies a repeated order. */
  body: z.string(),
  /** The items of the newest revision. */
  items: z.array(orderItem),
  /** Random. The license ids derive from it, so that a stopped delivery continues with the same ids. */
  seed: z.string(),
  createdAt: z.string(),
  /** For a shop's order: what each line delivered, so that a refund takes back exactly that. */
  sale: z.exactOptional(sale),
  state: z.enum(['delivering', 'delivered']),
  /** The number of the newest revision (O1); absent: 1, the order as it was created. */
  number: z.exactOptional(z.int()),
  /** Units that the order ever had, which number the license ids; absent: those of `items`. */
  unitsMade: z.exactOptional(z.int()),
  /** When the order was cancelled, RFC 3339 UTC. A cancelled order cannot be revised. */
  cancelledAt: z.exactOptional(z.string()),
  /**
   * A revision that is larger than a transaction is under way. `preparing`: it holds its containers and licenses; `aborting`:
   * it releases them; `applying`: it will be carried out, whatever happens.
   */
  revising: z.exactOptional(
    z.object({ number: z.int(), since: z.string(), state: z.enum(['preparing', 'aborting', 'applying']) }),
  ),
  /** Guards the next write of a delivered order; absent before the first one. */
  revision: z.exactOptional(z.int()),
});

/** What the vendor's ERP sold. No query returns it while it is `delivering`. */
export type StoredOrder = z.infer<typeof storedOrder>;

export function parseOrder(item: RawItem): StoredOrder {
  return storedOrder.parse(item);
}

/** The number of the order's newest revision. */
export function revisionOf({ number }: StoredOrder): number {
  return number ?? 1;
}

/** Writes a delivered order, provided that it did not change since it was read. */
export function putOrder(dependencies: Dependencies, { revision = 0, ...order }: StoredOrder): Write {
  const { orderId, createdAt } = order;
  const isUnchanged =
    revision === 0
      ? { ConditionExpression: 'attribute_not_exists(revision)' }
      : { ConditionExpression: 'revision = :read', ExpressionAttributeValues: { ':read': revision } };
  const listed = { indexPk: ORDERS_INDEX, indexSk: `${createdAt}#${orderId}` };
  const item = { ...order, ...listed, ...orderKey(orderId), revision: revision + 1 };
  return { Put: { TableName: dependencies.tableName, Item: item, ...isUnchanged } };
}

/** The names by which a customer is found: the text, or each named text, sorted by its member. */
export function customerNames(customer: StoredOrder['customer']): readonly string[] {
  const shown = sortedCustomer(customer);
  if (shown === undefined) return [];
  const names = typeof shown === 'string' ? [shown] : Object.values(shown);
  return names.filter((name) => name !== '');
}

/** The customer with its members sorted: the table does not keep their order, and all answers show the same one. */
export function sortedCustomer(customer: StoredOrder['customer']): StoredOrder['customer'] {
  if (customer === undefined || typeof customer === 'string') return customer;
  return Object.fromEntries(Object.entries(customer).sort(([one], [other]) => (one < other ? -1 : 1)));
}

export async function getOrder(dependencies: Dependencies, orderId: string): Promise<StoredOrder | undefined> {
  const item = await getItem(dependencies, orderKey(orderId));
  return item === undefined ? undefined : parseOrder(item);
}

/** @returns the order; `undefined` also while it is being delivered. */
export async function getDeliveredOrder(dependencies: Dependencies, orderId: string): Promise<StoredOrder | undefined> {
  const order = await getOrder(dependencies, orderId);
  return order?.state === 'delivered' ? order : undefined;
}

const ticketItem = z.object({ orderId: z.string() });

/** The id of the order that a ticket belongs to. */
export async function orderIdOfTicket(dependencies: Dependencies, code: string): Promise<string | undefined> {
  const item = await getItem(dependencies, ticketKey(code));
  return item === undefined ? undefined : ticketItem.parse(item).orderId;
}

/** Orders by their ids. The result omits orders that do not exist. */
export async function getOrders(
  dependencies: Dependencies,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, StoredOrder>> {
  const orders = (await getItems(dependencies, orderIds.map(orderKey))).map(parseOrder);
  return new Map(orders.map((order) => [order.orderId, order]));
}
