import type { VendorActor } from '../../../domain/history.ts';
import { MAX_SKU_CHARACTERS } from '../../../domain/limits.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getOrder, type StoredOrder, type StoredSale } from '../../store/order-item.ts';
import { getProducts } from '../../store/product-item.ts';
import { getSkuMappings } from '../../store/sku-mapping-item.ts';
import { deliverOrder, type OrderBody } from '../orders/deliver-order.ts';
import { failed, type WebhookOutcome } from './outcome.ts';
import { planSale } from './sale-plan.ts';
import type { Sale } from './shop-event.ts';

/**
 * Delivers a sale as an order. It is planned once: when it comes again it is the order that is there, whatever the mappings
 * say by now, and a delivery that was stopped goes on with what it began (T5).
 */
export async function deliverSale(
  dependencies: Dependencies,
  vendor: VendorActor,
  sale: Sale,
): Promise<WebhookOutcome> {
  return retryOnConflict<WebhookOutcome>(dependencies, `order ${sale.orderId}`, async () => {
    const known = await getOrder(dependencies, sale.orderId);
    if (known !== undefined && sellsMore(sale, known)) return failed({ code: 'order-exists', orderId: sale.orderId });
    if (known?.state === 'delivered') return delivered(known);
    const plan = known === undefined ? await newPlan(dependencies, sale) : bodyOf(known);
    if (plan.kind === 'nothing') return { state: 'ignored', result: { reason: 'Nothing of it sells a license.' } };
    if (plan.kind === 'unknown') return failed({ code: 'invalid-request', errors: plan.errors });
    const delivery = await deliverOrder(dependencies, vendor, plan.body, plan.sale);
    if (delivery.kind === 'delivered') return delivered(delivery.order);
    // Somebody else has begun the same order meanwhile, planned by another mapping: that one stands.
    if (delivery.refusal.code !== 'order-exists' || known !== undefined) return failed(delivery.refusal);
    return 'changed';
  });
}

function delivered({ orderId, ticket }: StoredOrder): WebhookOutcome {
  return { state: 'done', result: { orderId, ticket } };
}

async function newPlan(dependencies: Dependencies, sale: Sale): Promise<ReturnType<typeof planSale>> {
  const skus = sale.lines.map(({ sku }) => sku);
  const mappings = await getSkuMappings(dependencies, skus);
  const products = await getProducts(
    dependencies,
    skus.filter((sku) => !mappings.has(sku) && sku.length <= MAX_SKU_CHARACTERS),
  );
  return planSale(sale, mappings, products);
}

/** The order as it was planned. */
function bodyOf({ orderId, customer, items, sale }: StoredOrder): {
  readonly kind: 'order';
  readonly body: OrderBody;
  readonly sale: StoredSale | undefined;
} {
  return { kind: 'order', body: { orderId, ...(customer === undefined ? {} : { customer }), items }, sale };
}

/** A shop's order may be edited, and paid again: what came in later must not be lost. An order made by hand stands as it is. */
function sellsMore(sale: Sale, { sale: known }: StoredOrder): boolean {
  if (known === undefined) return false;
  const quantities = new Map(known.lines.map(({ line, quantity }) => [line, quantity]));
  return sale.lines.some(({ line, quantity }) => quantity > (quantities.get(line) ?? 0));
}
