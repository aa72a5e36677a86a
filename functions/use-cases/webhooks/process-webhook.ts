import type { Shop } from '../../../contract/webhook-sources.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getDeliveredOrder } from '../../store/order-item.ts';
import type { StoredWebhook } from '../../store/webhook-item.ts';
import { deliveredOutcome, deliverSale } from './deliver-sale.ts';
import { processErpEvent } from './process-erp-event.ts';
import { refundSale } from './refund-sale.ts';
import type { ShopEvent } from './shop-event.ts';
import { readShopifyEvent } from './shopify-event.ts';
import { readStripeEvent } from './stripe-event.ts';
import { ignoredOutcome, invalidOutcome, type ProcessedWebhook, type WebhookOutcome } from './webhook-outcome.ts';

/**
 * Executes what a webhook reports. Safe to repeat: an order is identified by its id, and a license that has its new state is
 * not changed again (T5).
 */
export async function processWebhook(
  dependencies: Dependencies,
  webhook: StoredWebhook,
  attempt: Attempt,
): Promise<ProcessedWebhook> {
  const vendor: VendorActor = { kind: 'vendor', author: { kind: 'webhook', id: webhook.id } };
  switch (webhook.source) {
    case 'erp':
      return processErpEvent(dependencies, vendor, webhook, attempt);
    case 'shopify':
      return processShopEvent(
        dependencies,
        vendor,
        webhook,
        'shopify',
        readShopifyEvent(webhook.topic ?? '', webhook.body),
      );
    case 'stripe':
      return processShopEvent(dependencies, vendor, webhook, 'stripe', readStripeEvent(webhook.body));
    default:
      return assertNever(webhook.source);
  }
}

async function processShopEvent(
  dependencies: Dependencies,
  vendor: VendorActor,
  { id: webhook }: StoredWebhook,
  shop: Shop,
  event: ShopEvent,
): Promise<ProcessedWebhook> {
  switch (event.kind) {
    case 'sale': {
      const outcome = await deliverSale(dependencies, vendor, shop, event.sale);
      return outcome.state === 'failed' ? { outcome } : { outcome, settledOrder: event.sale.orderId };
    }
    case 'refund':
      return { outcome: await refundSale(dependencies, vendor, webhook, event.refund) };
    case 'dispute':
      return noteDispute(dependencies, event);
    case 'inspection':
      return { outcome: await inspectSale(dependencies, event) };
    case 'ignored':
      return { outcome: ignoredOutcome(event.reason) };
    case 'unusable':
      return processUnusable(dependencies, event);
    default:
      return assertNever(event);
  }
}

type EventOf<Kind extends ShopEvent['kind']> = Extract<ShopEvent, { readonly kind: Kind }>;

/** A dispute that is open changes nothing: the event `order.disputed` reports it. */
async function noteDispute(
  dependencies: Dependencies,
  { orderId, reason }: EventOf<'dispute'>,
): Promise<ProcessedWebhook> {
  const outcome = ignoredOutcome(`${reason}. The licenses stay until it is lost.`, orderId);
  const order = await getDeliveredOrder(dependencies, orderId);
  return order === undefined ? { outcome } : { outcome, history: [{ type: 'order.disputed', orderId, reason }] };
}

async function inspectSale(
  dependencies: Dependencies,
  { orderId, fault }: EventOf<'inspection'>,
): Promise<WebhookOutcome> {
  const order = await getDeliveredOrder(dependencies, orderId);
  if (order === undefined) return ignoredOutcome('It concerns no order that was delivered here.', orderId);
  return invalidOutcome([fault], orderId);
}

/** A sale that cannot be read is done when somebody has delivered its order by hand. */
async function processUnusable(
  dependencies: Dependencies,
  { errors, orderId }: EventOf<'unusable'>,
): Promise<ProcessedWebhook> {
  if (orderId === undefined) return { outcome: invalidOutcome(errors) };
  const order = await getDeliveredOrder(dependencies, orderId);
  if (order !== undefined) return { outcome: deliveredOutcome(order), settledOrder: orderId };
  const message = `to deliver it all the same, send POST /orders with orderId ${orderId}, then replay the webhook`;
  return { outcome: invalidOutcome([...errors, { path: '', message }]) };
}
