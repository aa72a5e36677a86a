import * as z from 'zod/mini';
import type { Runtime } from '../ports.ts';
import { customerKey, type Key, ORDERS_INDEX, orderKey, soldKey } from '../table/keys.ts';
import { getIndexed, getItems, type Page, queryIndex, queryPage } from '../table/read.ts';
import { parseOrder, type StoredOrder } from './order-item.ts';

export interface OrderQuery {
  readonly customer?: string | undefined;
  readonly product?: string | undefined;
}

/**
 * A page of delivered orders: all of them by time, a customer's or a product's by order id. A product's are also those in
 * which a replacement has brought it. A page may hold fewer than `limit`, and still be followed by others.
 */
export async function pageOfOrders(
  runtime: Runtime,
  { customer, product }: OrderQuery,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredOrder>> {
  const finder =
    customer !== undefined ? customerKey(customer, '') : product !== undefined ? soldKey(product, '') : undefined;
  const page =
    finder === undefined
      ? await queryIndex(runtime, ORDERS_INDEX, limit, cursor)
      : await pageOfFinders(runtime, finder.pk, limit, cursor);
  const orders = (await getIndexed(runtime, page.items)).map(parseOrder);
  const delivered = orders.filter((order) => order.state === 'delivered');
  if (customer === undefined || product === undefined) return { ...page, items: delivered };
  const sold = await getItems(
    runtime,
    delivered.map(({ orderId }) => soldKey(product, orderId)),
  );
  const withProduct = new Set(sold.map((item) => item.orderId));
  return { ...page, items: delivered.filter(({ orderId }) => withProduct.has(orderId)) };
}

async function pageOfFinders(
  runtime: Runtime,
  pk: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page<Key>> {
  const after = cursor === undefined ? undefined : z.string().parse(JSON.parse(cursor));
  const { items, next } = await queryPage(runtime, { pk, from: 'ORDER#', to: 'ORDER$' }, limit, after);
  const keys = items.map((item) => orderKey(String(item.orderId)));
  return { items: keys, ...(next === undefined ? {} : { next: JSON.stringify(next) }) };
}
