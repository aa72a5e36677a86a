import * as z from 'zod/mini';
import { defined } from '../../../domain/defined.ts';
import type { Dependencies } from '../../dependencies.ts';
import { customerKey, type Key, ORDERS_INDEX, orderKey, productOrderKey } from '../../store/keys.ts';
import { parseOrder, type StoredOrder } from '../../store/order-item.ts';
import { getIndexed, getItems, type Page, queryIndex, queryPage } from '../../store/queries.ts';

export interface OrderQuery {
  readonly customer?: string | undefined;
  readonly product?: string | undefined;
}

/**
 * A page of delivered orders: all orders by time, or those of a customer or a product by order id. A product's orders include
 * those that got it by a replacement. A page may have fewer than `limit`, and still be followed by other pages.
 */
export async function pageOfOrders(
  dependencies: Dependencies,
  { customer, product }: OrderQuery,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredOrder>> {
  const lookupKey =
    customer !== undefined
      ? customerKey(customer, '')
      : product !== undefined
        ? productOrderKey(product, '')
        : undefined;
  const page =
    lookupKey === undefined
      ? await queryIndex(dependencies, ORDERS_INDEX, limit, cursor)
      : await pageOfLookupItems(dependencies, lookupKey.pk, limit, cursor);
  const orders = (await getIndexed(dependencies, page.items)).map(parseOrder);
  const delivered = orders.filter((order) => order.state === 'delivered');
  if (customer === undefined || product === undefined) return { ...page, items: delivered };
  const sold = await getItems(
    dependencies,
    delivered.map(({ orderId }) => productOrderKey(product, orderId)),
  );
  const withProduct = new Set(sold.map((item) => item.orderId));
  return { ...page, items: delivered.filter(({ orderId }) => withProduct.has(orderId)) };
}

async function pageOfLookupItems(
  dependencies: Dependencies,
  pk: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page<Key>> {
  const after = cursor === undefined ? undefined : z.string().parse(JSON.parse(cursor));
  const { items, next } = await queryPage(dependencies, { pk, from: 'ORDER#', to: 'ORDER$' }, limit, after);
  const keys = items.map((item) => orderKey(String(item.orderId)));
  return defined({ items: keys, next: next === undefined ? undefined : JSON.stringify(next) });
}
