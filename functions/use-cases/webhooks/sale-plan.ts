import type { Fault } from '../../../contract/parse-input.ts';
import { MAX_LICENSES_ON_TICKET } from '../../../domain/limits.ts';
import type { StoredSale } from '../../store/order-item.ts';
import type { SkuMapping } from '../../store/sku-mapping-item.ts';
import type { OrderBody } from '../orders/deliver-order.ts';
import type { Sale } from './shop-event.ts';

export type SalePlan =
  | { readonly kind: 'order'; readonly body: OrderBody; readonly sale: StoredSale }
  /** Nothing of it sells a license. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown'; readonly errors: readonly Fault[] };

type DeliveredSale = Pick<SkuMapping, 'items'>;

/** What a SKU delivers: what its mapping says, or else one license of the product whose code it is. */
export function deliveredBy(
  sku: string,
  mappings: ReadonlyMap<string, DeliveredSale>,
  products: ReadonlyMap<string, unknown>,
): DeliveredSale | undefined {
  return mappings.get(sku) ?? (products.has(sku) ? { items: [{ product: sku, quantity: 1 }] } : undefined);
}

/**
 * The order that a sale comes to: the items of each line's SKU, in the order of the lines, and which of its units belong to
 * which line. An unknown SKU anywhere, and nothing of it is delivered: the whole sale waits for its mapping.
 */
export function planSale(
  sale: Sale,
  mappings: ReadonlyMap<string, DeliveredSale>,
  products: ReadonlyMap<string, unknown>,
): SalePlan {
  const items: OrderBody['items'] = [];
  const lines: StoredSale['lines'] = [];
  const errors: Fault[] = [];
  for (const [index, { line, sku, quantity }] of sale.lines.entries()) {
    const delivered = deliveredBy(sku, mappings, products);
    if (delivered === undefined) {
      errors.push({
        path: `line_items.${index}.sku`,
        message: `nothing says what ${sku} delivers: put it into /sku-mappings, and replay`,
      });
      continue;
    }
    const units: number[] = [];
    for (const item of quantity === 0 ? [] : delivered.items) {
      const count = quantity * item.quantity;
      if (count > MAX_LICENSES_ON_TICKET) {
        const message = `a ticket holds at most ${MAX_LICENSES_ON_TICKET} licenses, these are ${count}`;
        errors.push({ path: `line_items.${index}.quantity`, message });
      }
      items.push({ ...item, quantity: count });
      units.push(count);
    }
    lines.push({ line, quantity, units });
  }
  if (errors.length > 0) return { kind: 'unknown', errors };
  if (items.length === 0) return { kind: 'nothing' };
  const { orderId, customer, refunded } = sale;
  const body = { orderId, ...(customer === undefined ? {} : { customer: { ...customer } }), items };
  return { kind: 'order', body, sale: { lines, refunded: [...refunded] } };
}
