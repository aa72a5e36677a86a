import type { Fault } from '../../../contract/parse-input.ts';
import { defined } from '../../../domain/defined.ts';
import { MAX_LICENSES_ON_TICKET } from '../../../domain/limits.ts';
import type { StoredSale } from '../../store/order-item.ts';
import type { SkuMapping } from '../../store/sku-mapping-item.ts';
import type { OrderBody } from '../orders/deliver-order.ts';
import type { Sale } from './shop-event.ts';

export type SalePlan =
  | { readonly kind: 'order'; readonly body: OrderBody; readonly sale: StoredSale }
  /** No line sells a license. */
  | { readonly kind: 'nothing' }
  /** A SKU is unknown, or a line has too many licenses. */
  | { readonly kind: 'unknown'; readonly errors: readonly Fault[]; readonly isBySkuAlone: boolean };

type MappedItems = Pick<SkuMapping, 'items'>;

/** The items of a SKU's mapping, or one license of the product that has the SKU as its code. */
function itemsOfSku(
  sku: string,
  mappings: ReadonlyMap<string, MappedItems>,
  products: ReadonlyMap<string, unknown>,
): MappedItems['items'] | undefined {
  return mappings.get(sku)?.items ?? (products.has(sku) ? [{ product: sku, quantity: 1 }] : undefined);
}

/**
 * Plans the order of a sale: the items of each line's SKU, in the order of the lines, and which units of the order belong to
 * which line. If one SKU is unknown, the plan has no order: the whole sale waits until the SKU is mapped.
 * @param unknownSkus `skip` plans the other lines, and names the SKUs that are unknown in the sale.
 */
export function planSale(
  sale: Sale,
  mappings: ReadonlyMap<string, MappedItems>,
  products: ReadonlyMap<string, unknown>,
  unknownSkus: 'hold' | 'skip' = 'hold',
): SalePlan {
  const items: OrderBody['items'] = [];
  const lines: StoredSale['lines'] = [];
  const errors: Fault[] = [];
  const skipped = new Set<string>();
  let isBySkuAlone = true;
  for (const [index, { line, sku, quantity }] of sale.lines.entries()) {
    const known = sku === undefined ? [] : itemsOfSku(sku, mappings, products);
    if (known === undefined && unknownSkus === 'skip') skipped.add(sku ?? '');
    const itemsPerUnit = known ?? (unknownSkus === 'skip' ? [] : undefined);
    if (itemsPerUnit === undefined) {
      const message = `unknown SKU ${sku}: add it to /sku-mappings, then replay the webhook`;
      errors.push({ path: `line_items.${index}.sku`, message });
      continue;
    }
    const units: number[] = [];
    for (const item of quantity === 0 ? [] : itemsPerUnit) {
      const count = quantity * item.quantity;
      if (count > MAX_LICENSES_ON_TICKET) {
        const message = `at most ${MAX_LICENSES_ON_TICKET} licenses on a ticket; this line has ${count}`;
        errors.push({ path: `line_items.${index}.quantity`, message });
        isBySkuAlone = false;
      }
      items.push({ ...item, quantity: count });
      units.push(count);
    }
    lines.push({ line, quantity, units });
  }
  if (errors.length > 0) return { kind: 'unknown', errors, isBySkuAlone };
  if (items.length === 0) return { kind: 'nothing' };
  const { orderId, refunded, test, paidAt, total } = sale;
  const customer = sale.customer === undefined ? undefined : { ...sale.customer };
  const body = { ...defined({ orderId, customer }), items };
  const more = defined({ skipped: skipped.size === 0 ? undefined : [...skipped], test, paidAt, total });
  return { kind: 'order', body, sale: { lines, refunded: [...refunded], ...more } };
}
