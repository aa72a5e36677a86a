import type { VendorActor } from '../../../domain/history.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { StoredWebhook } from '../../store/webhook-item.ts';
import { deliverSale } from './deliver-sale.ts';
import { processErpEvent } from './process-erp-event.ts';
import { refundSale } from './refund-sale.ts';
import type { ShopEvent } from './shop-event.ts';
import { readShopifyEvent } from './shopify-event.ts';
import { readStripeEvent } from './stripe-event.ts';
import { failedOutcome, type ProcessedWebhook } from './webhook-outcome.ts';

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
      return processShopEvent(dependencies, vendor, webhook.id, readShopifyEvent(webhook.topic ?? '', webhook.body));
    case 'stripe':
      return processShopEvent(dependencies, vendor, webhook.id, readStripeEvent(webhook.body));
    default:
      return assertNever(webhook.source);
  }
}

async function processShopEvent(
  dependencies: Dependencies,
  vendor: VendorActor,
  webhook: string,
  event: ShopEvent,
): Promise<ProcessedWebhook> {
  switch (event.kind) {
    case 'sale': {
      const outcome = await deliverSale(dependencies, vendor, event.sale);
      return outcome.state === 'done' ? { outcome, deliveredOrder: event.sale.orderId } : { outcome };
    }
    case 'refund':
      return { outcome: await refundSale(dependencies, vendor, webhook, event.refund) };
    case 'ignored':
      return { outcome: { state: 'ignored', result: { reason: event.reason } } };
    case 'unusable':
      return { outcome: failedOutcome({ code: 'invalid-request', errors: event.errors }) };
    default:
      return assertNever(event);
  }
}
