import { parseJson } from '../../protocol/index.ts';
import type { Run } from '../http/run.ts';
import type { Ordered } from '../licenses/order-on-license.ts';
import { replaceLicense } from '../licenses/replace.ts';
import { withdrawLicense } from '../licenses/withdraw.ts';
import { deliverOrder, type OrderBody } from '../orders/deliver-order.ts';
import { getDelivered } from '../orders/order-item.ts';
import { withdrawOrder } from '../orders/withdraw-order.ts';
import type { Runtime } from '../ports.ts';
import { parseInput } from '../schemas/parse-input.ts';
import { type ErpEvent, erpEvent } from '../schemas/requests.ts';
import { failed, type Processed, type WebhookOutcome } from './outcome.ts';
import { waitForOrder } from './waiting-webhooks.ts';
import type { StoredWebhook } from './webhook-item.ts';
import { withdrawalOutcome } from './withdrawal-outcome.ts';

/** Does what the ERP's webhook tells. */
export async function processErpEvent(runtime: Runtime, webhook: StoredWebhook, attempt: Run): Promise<Processed> {
  const json = parseJson(webhook.body);
  if (!json.ok) {
    const errors = [{ path: '', message: `no acceptable JSON: ${json.code}` }];
    return { outcome: failed({ code: 'invalid-request', errors }) };
  }
  const event = parseInput(erpEvent, json.value);
  if (!event.ok) return { outcome: failed({ code: 'invalid-request', errors: event.errors }) };
  if (event.value.type === 'order.created') return create(runtime, event.value.data);
  return { outcome: await change(runtime, webhook.id, event.value, attempt) };
}

async function create(runtime: Runtime, body: OrderBody): Promise<Processed> {
  const delivery = await deliverOrder(runtime, body);
  if (delivery.kind === 'refused') return { outcome: failed(delivery.refusal) };
  const { orderId, ticket } = delivery.order;
  return { outcome: { state: 'done', result: { orderId, ticket } }, arrived: orderId };
}

type Change = Exclude<ErpEvent, { readonly type: 'order.created' }>;

async function change(runtime: Runtime, webhook: string, event: Change, attempt: Run): Promise<WebhookOutcome> {
  switch (event.type) {
    case 'order.cancelled': {
      const { orderId, reason } = event.data;
      const order = (await getDelivered(runtime, orderId)) ?? (await waitForOrder(runtime, webhook, orderId));
      if (order === undefined) return { state: 'waiting', result: { orderId } };
      return withdrawalOutcome({ orderId }, await withdrawOrder(runtime, order.ticket, reason));
    }
    case 'license.withdraw':
      return ordered(await withdrawLicense(runtime, event.data.license, event.data.reason, attempt));
    case 'license.replace': {
      const { license, ...request } = event.data;
      const done = await replaceLicense(runtime, license, request as Parameters<typeof replaceLicense>[2], attempt);
      if (done.kind === 'refused') return failed(done.refusal);
      return { state: 'done', result: { status: done.result.status, license: done.result.license.id } };
    }
  }
}

function ordered(done: Ordered<object>): WebhookOutcome {
  return done.kind === 'refused' ? failed(done.refusal) : { state: 'done', result: { ...done.result } };
}
