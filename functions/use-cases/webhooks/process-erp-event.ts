import { parseInput } from '../../../contract/parse-input.ts';
import { type ErpEvent, erpEvent } from '../../../contract/webhooks.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { parseJson } from '../../../protocol/index.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getDeliveredOrder } from '../../store/order-item.ts';
import type { StoredWebhook } from '../../store/webhook-item.ts';
import { type ReplacementRequest, replaceLicense } from '../licenses/replace.ts';
import { withdrawLicense } from '../licenses/withdraw.ts';
import { withdrawOrder } from '../licenses/withdraw-order.ts';
import { deliverOrder, type OrderBody } from '../orders/deliver-order.ts';
import { waitForDelivery } from './waiting-webhooks.ts';
import { failedOutcome, type ProcessedWebhook, type WebhookOutcome, withdrawalOutcome } from './webhook-outcome.ts';

/** Executes the event in a webhook from the ERP. */
export async function processErpEvent(
  dependencies: Dependencies,
  vendor: VendorActor,
  webhook: StoredWebhook,
  attempt: Attempt,
): Promise<ProcessedWebhook> {
  const json = parseJson(webhook.body);
  if (!json.ok) {
    const errors = [{ path: '', message: `not valid JSON: ${json.code}` }];
    return { outcome: failedOutcome({ code: 'invalid-request', errors }) };
  }
  const event = parseInput(erpEvent, json.value);
  if (!event.ok) return { outcome: failedOutcome({ code: 'invalid-request', errors: event.errors }) };
  if (event.value.type === 'order.created') return deliverCreatedOrder(dependencies, vendor, event.value.data);
  return { outcome: await processChange(dependencies, vendor, webhook.id, event.value, attempt) };
}

async function deliverCreatedOrder(
  dependencies: Dependencies,
  vendor: VendorActor,
  body: OrderBody,
): Promise<ProcessedWebhook> {
  const delivery = await deliverOrder(dependencies, vendor, body);
  if (delivery.kind === 'refused') return { outcome: failedOutcome(delivery.refusal) };
  const { orderId, ticket } = delivery.order;
  return { outcome: { state: 'done', result: { orderId, ticket } }, deliveredOrder: orderId };
}

/** An event about an order or a license that exists. */
type ChangeEvent = Exclude<ErpEvent, { readonly type: 'order.created' }>;

async function processChange(
  dependencies: Dependencies,
  vendor: VendorActor,
  webhook: string,
  event: ChangeEvent,
  attempt: Attempt,
): Promise<WebhookOutcome> {
  switch (event.type) {
    case 'order.cancelled': {
      const { orderId, reason } = event.data;
      const order =
        (await getDeliveredOrder(dependencies, orderId)) ?? (await waitForDelivery(dependencies, webhook, orderId));
      if (order === undefined) return { state: 'waiting', result: { orderId } };
      return withdrawalOutcome({ orderId }, await withdrawOrder(dependencies, vendor, order.ticket, reason));
    }
    case 'license.withdraw': {
      const { license, reason } = event.data;
      const withdrawal = await withdrawLicense(dependencies, vendor, license, reason, attempt);
      if (withdrawal.kind === 'refused') return failedOutcome(withdrawal.refusal);
      return { state: 'done', result: { ...withdrawal.result } };
    }
    case 'license.replace': {
      const { license, ...request } = event.data;
      const replacement = await replaceLicense(dependencies, vendor, license, request as ReplacementRequest, attempt);
      if (replacement.kind === 'refused') return failedOutcome(replacement.refusal);
      return { state: 'done', result: { status: replacement.result.status, license: replacement.result.license.id } };
    }
  }
}
