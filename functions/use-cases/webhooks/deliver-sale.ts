import type { Shop } from '../../../contract/webhook-sources.ts';
import { defined } from '../../../domain/defined.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { MAX_SKU_CHARACTERS } from '../../../domain/limits.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getOrder, type StoredOrder, type StoredSale } from '../../store/order-item.ts';
import { getProducts } from '../../store/product-item.ts';
import { getSkuMappings } from '../../store/sku-mapping-item.ts';
import { getSourceSettings } from '../../store/webhook-source-item.ts';
import { deliverOrder, type OrderBody } from '../orders/deliver-order.ts';
import { planSale, type SalePlan } from './sale-plan.ts';
import type { Sale } from './shop-event.ts';
import { noteNothingDelivered } from './waiting-webhooks.ts';
import { failedOutcome, ignoredOutcome, invalidOutcome, type WebhookOutcome } from './webhook-outcome.ts';

/**
 * Delivers a sale as an order. A sale is planned once: a repeated webhook finds the order, even if the mappings have changed
 * since, and completes a delivery that was interrupted (T5).
 */
export async function deliverSale(
  dependencies: Dependencies,
  vendor: VendorActor,
  shop: Shop,
  sale: Sale,
): Promise<WebhookOutcome> {
  return retryOnConflict<WebhookOutcome>(dependencies, `order ${sale.orderId}`, async () => {
    const known = await getOrder(dependencies, sale.orderId);
    if (known !== undefined && exceedsOrder(sale, known)) {
      return failedOutcome({ code: 'order-exists', orderId: sale.orderId });
    }
    if (known?.state === 'delivered') return deliveredOutcome(known);
    const plan = known === undefined ? await planNewSale(dependencies, shop, sale) : storedPlan(known);
    if (plan.kind === 'nothing' || plan.kind === 'test-refused') {
      await noteNothingDelivered(dependencies, sale.orderId);
      return ignoredOutcome(WITHOUT_DELIVERY[plan.kind], sale.orderId);
    }
    if (plan.kind === 'unknown') return invalidOutcome(plan.errors);
    const delivery = await deliverOrder(dependencies, vendor, plan.body, plan.sale);
    if (delivery.kind === 'delivered') return deliveredOutcome(delivery.order);
    // A concurrent attempt began the same order with another mapping: the retry completes that order.
    if (delivery.refusal.code === 'order-exists' && known === undefined) return 'changed';
    return failedOutcome(delivery.refusal);
  });
}

const WITHOUT_DELIVERY = {
  nothing: 'No line of the sale sells a license.',
  'test-refused': 'It is a test sale, and the source refuses those.',
} as const;

export function deliveredOutcome({ orderId, ticket, sale }: StoredOrder): WebhookOutcome {
  return { state: 'done', result: defined({ orderId, ticket, skipped: sale?.skipped, test: sale?.test }) };
}

async function planNewSale(
  dependencies: Dependencies,
  shop: Shop,
  sale: Sale,
): Promise<SalePlan | { readonly kind: 'test-refused' }> {
  if (sale.test === true && (await getSourceSettings(dependencies, shop)).testMode === 'refuse') {
    return { kind: 'test-refused' };
  }
  const skus = sale.lines.flatMap(({ sku }) => sku ?? []);
  const mappings = await getSkuMappings(dependencies, skus);
  const products = await getProducts(
    dependencies,
    skus.filter((sku) => !mappings.has(sku) && sku.length <= MAX_SKU_CHARACTERS),
  );
  const plan = planSale(sale, mappings, products);
  if (plan.kind !== 'unknown' || !plan.isBySkuAlone) return plan;
  const { unknownSkus } = await getSourceSettings(dependencies, shop);
  return unknownSkus === 'skip' ? planSale(sale, mappings, products, 'skip') : plan;
}

/** The plan of an order that an earlier attempt began. */
function storedPlan({ orderId, customer, items, sale }: StoredOrder): {
  readonly kind: 'order';
  readonly body: OrderBody;
  readonly sale: StoredSale | undefined;
} {
  return { kind: 'order', body: { ...defined({ orderId, customer }), items }, sale };
}

/**
 * Whether the sale has units that its order did not deliver: a shop's order can be edited and paid again, and the added units
 * must not be lost. An order that did not come from a shop is left as it is.
 */
function exceedsOrder(sale: Sale, { sale: known }: StoredOrder): boolean {
  if (known === undefined) return false;
  const quantities = new Map(known.lines.map(({ line, quantity }) => [line, quantity]));
  return sale.lines.some(({ line, quantity }) => quantity > (quantities.get(line) ?? 0));
}
