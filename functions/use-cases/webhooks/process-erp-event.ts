import { parseInput } from '../../../contract/parse-input.ts';
import { type ErpEvent, erpEvent } from '../../../contract/requests.ts';
import { parseJson } from '../../../protocol/index.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getDeliveredOrder } from '../../store/order-item.ts';
import type { StoredWebhook } from '../../store/webhook-item.ts';
import { replaceLicense } from '../licenses/replace.ts';
import type { VendorActionResult } from '../licenses/vendor-action.ts';
import { withdrawLicense } from '../licenses/withdraw.ts';
import { withdrawOrder } from '../licenses/withdraw-order.ts';
import { deliverOrder, type OrderBody } from '../orders/deliver-order.ts';
import { failed, type Processed, type WebhookOutcome } from './outcome.ts';
import { waitForOrder } from './waiting-webhooks.ts';
import { withdrawalOutcome } from './withdrawal-outcome.ts';

/** Does what the ERP's webhook tells. */
export async function processErpEvent(
  dependencies: Dependencies,
  webhook: StoredWebhook,
  attempt: Attempt,
): Promise<Processed> {
  const json = parseJson(webhook.body);
  if (!json.ok) {
    const errors = [{ path: '', message: `no acceptable JSON: ${json.code}` }];
    return { outcome: failed({ code: 'invalid-request', errors }) };
  }
  const event = parseInput(erpEvent, json.value);
  if (!event.ok) return { outcome: failed({ code: 'invalid-request', errors: event.errors }) };
  if (event.value.type === 'order.created') return create(dependencies, event.value.data);
  return { outcome: await change(dependencies, webhook.id, event.value, attempt) };
}

async function create(dependencies: Dependencies, body: OrderBody): Promise<Processed> {
  const delivery = await deliverOrder(dependencies, body);
  if (delivery.kind === 'refused') return { outcome: failed(delivery.refusal) };
  const { orderId, ticket } = delivery.order;
  return { outcome: { state: 'done', result: { orderId, ticket } }, arrived: orderId };
}

type Change = Exclude<ErpEvent, { readonly type: 'order.created' }>;

async function change(
  dependencies: Dependencies,
  webhook: string,
  event: Change,
  attempt: Attempt,
): Promise<WebhookOutcome> {
  switch (event.type) {
    case 'order.cancelled': {
      const { orderId, reason } = event.data;
      const order =
        (await getDeliveredOrder(dependencies, orderId)) ?? (await waitForOrder(dependencies, webhook, orderId));
      if (order === undefined) return { state: 'waiting', result: { orderId } };
      return withdrawalOutcome({ orderId }, await withdrawOrder(dependencies, order.ticket, reason));
    }
    case 'license.withdraw':
      return resultOf(await withdrawLicense(dependencies, event.data.license, event.data.reason, attempt));
    case 'license.replace': {
      const { license, ...request } = event.data;
      const done = await replaceLicense(
        dependencies,
        license,
        request as Parameters<typeof replaceLicense>[2],
        attempt,
      );
      if (done.kind === 'refused') return failed(done.refusal);
      return { state: 'done', result: { status: done.result.status, license: done.result.license.id } };
    }
  }
}

function resultOf(done: VendorActionResult<object>): WebhookOutcome {
  return done.kind === 'refused' ? failed(done.refusal) : { state: 'done', result: { ...done.result } };
}
