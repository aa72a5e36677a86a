import * as z from 'zod/mini';
import { defined } from '../../../domain/defined.ts';
import type { Dependencies } from '../../dependencies.ts';
import { orderOfCustomerKey } from '../../store/customer-item.ts';
import { type Key, ORDERS_INDEX, orderKey, productOrderKey } from '../../store/keys.ts';
import { parseOrder, type StoredOrder } from '../../store/order-item.ts';
import {
  compareKeys,
  type Direction,
  getIndexed,
  getItems,
  type Page,
  queryIndex,
  queryPage,
} from '../../store/queries.ts';
import { inParallel } from '../in-parallel.ts';

export interface OrderQuery {
  /** Whole names in any case: the order's customer has one of them. */
  readonly customers?: readonly string[] | undefined;
  readonly product?: string | undefined;
}

/**
 * A page of delivered orders by the time of the sale. A product's orders include those that got it by a replacement. A page may
 * have fewer than `limit`, and still be followed by other pages.
 */
export async function pageOfOrders(
  dependencies: Dependencies,
  { customers, product }: OrderQuery,
  limit: number,
  cursor: string | undefined,
  direction: Direction = 'forward',
): Promise<Page<StoredOrder>> {
  if (customers !== undefined) {
    const partitions = customers.map((name) => orderOfCustomerKey(name, '', '').pk);
    const page = await pageOfLookupItems(dependencies, partitions, limit, cursor, direction);
    return product === undefined ? page : { ...page, items: await withProduct(dependencies, page.items, product) };
  }
  if (product !== undefined) {
    return pageOfLookupItems(dependencies, [productOrderKey(product, '', '').pk], limit, cursor, direction);
  }
  const page = await queryIndex(dependencies, ORDERS_INDEX, limit, cursor, direction);
  return { ...page, items: await deliveredOrders(dependencies, page.items) };
}

async function deliveredOrders(dependencies: Dependencies, keys: readonly Key[]): Promise<StoredOrder[]> {
  const orders = (await getIndexed(dependencies, keys)).map(parseOrder);
  return orders.filter((order) => order.state === 'delivered');
}

/** The orders that sold the product, or got it by a replacement. */
async function withProduct(
  dependencies: Dependencies,
  orders: readonly StoredOrder[],
  product: string,
): Promise<StoredOrder[]> {
  const hasSold = ({ items }: StoredOrder): boolean => items.some((item) => item.product === product);
  const others = orders.filter((order) => !hasSold(order));
  const found = await getItems(
    dependencies,
    others.map(({ createdAt, orderId }) => productOrderKey(product, createdAt, orderId)),
  );
  const replaced = new Set(found.map((item) => item.orderId));
  return orders.filter((order) => hasSold(order) || replaced.has(order.orderId));
}

/** Partitions that are read at once. */
const PARTITIONS_AT_ONCE = 20;

/** Merges the lookup items of several partitions by their sort keys. An order that is in several of them is listed once. */
async function pageOfLookupItems(
  dependencies: Dependencies,
  partitions: readonly string[],
  limit: number,
  cursor: string | undefined,
  direction: Direction,
): Promise<Page<StoredOrder>> {
  const after = cursor === undefined ? undefined : z.string().parse(JSON.parse(cursor));
  const orderIds = new Map<string, string>();
  let hasMore = false;
  await inParallel(new Set(partitions), PARTITIONS_AT_ONCE, async (pk) => {
    const page = await queryPage(dependencies, { pk, from: 'ORDER#', to: 'ORDER$' }, limit, after, direction);
    for (const { sk, orderId } of page.items) orderIds.set(String(sk), String(orderId));
    hasMore ||= page.next !== undefined;
  });
  const sorted = [...orderIds].sort(([one], [other]) => compareKeys(one, other, direction));
  const taken = sorted.slice(0, limit);
  const orders = await deliveredOrders(
    dependencies,
    taken.map(([, orderId]) => orderKey(orderId)),
  );
  // A delivery that stopped before its order was stored left items with an earlier time.
  const listed = new Set(taken.map(([sk]) => sk));
  const items = orders.filter(({ createdAt, orderId }) => listed.has(productOrderKey('', createdAt, orderId).sk));
  const last = hasMore || taken.length < sorted.length ? taken.at(-1)?.[0] : undefined;
  return defined({ items, next: last === undefined ? undefined : JSON.stringify(last) });
}
