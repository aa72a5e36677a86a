import * as z from 'zod/mini';
import { parseJson } from '../../protocol/index.ts';
import type { Run } from '../http/run.ts';
import type { Ordered } from '../licenses/order-on-license.ts';
import { replaceLicense } from '../licenses/replace.ts';
import { withdrawLicense } from '../licenses/withdraw.ts';
import { deliverOrder } from '../orders/deliver-order.ts';
import { getOrder, type StoredOrder } from '../orders/order-item.ts';
import { withdrawOrder } from '../orders/withdraw-order.ts';
import type { Runtime } from '../ports.ts';
import { parseInput } from '../schemas/parse-input.ts';
import { type ErpEvent, erpEvent } from '../schemas/requests.ts';
import { commit, put, remove } from '../table/commit.ts';
import { cancellationKey } from '../table/keys.ts';
import { getItem } from '../table/read.ts';
import { failed, type WebhookOutcome } from './outcome.ts';
import { withdrawalOutcome } from './withdrawal-outcome.ts';

/** Does what the ERP's webhook tells. */
export async function processErpEvent(runtime: Runtime, body: string, attempt: Run): Promise<WebhookOutcome> {
  const json = parseJson(body);
  if (!json.ok)
    return failed({ code: 'invalid-request', errors: [{ path: '', message: `no acceptable JSON: ${json.code}` }] });
  const event = parseInput(erpEvent, json.value);
  if (!event.ok) return failed({ code: 'invalid-request', errors: event.errors });
  return run(runtime, event.value, attempt);
}

async function run(runtime: Runtime, event: ErpEvent, attempt: Run): Promise<WebhookOutcome> {
  switch (event.type) {
    case 'order.created': {
      const delivery = await deliverOrder(runtime, event.data);
      if (delivery.kind === 'refused') return failed(delivery.refusal);
      const { orderId, ticket } = delivery.order;
      const early = await earlyCancellation(runtime, delivery.order);
      return { state: 'done', result: { orderId, ticket, ...(early === undefined ? {} : { cancelled: early }) } };
    }
    case 'order.cancelled': {
      const { orderId, reason } = event.data;
      const order = await getOrder(runtime, orderId);
      if (order?.state === 'delivered') return cancel(runtime, order, reason);
      // It overtook the order: the order is delivered for its history, and withdrawn at once.
      await commit(runtime, [put(runtime, cancellationKey(orderId), { reason })]);
      // Delivered in between, the order has not seen the note.
      const arrived = await getOrder(runtime, orderId);
      if (arrived?.state === 'delivered') return cancelEarly(runtime, arrived, reason);
      return { state: 'waiting', result: { orderId } };
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

const cancellation = z.object({ reason: z.optional(z.string()) });

async function earlyCancellation(runtime: Runtime, order: StoredOrder): Promise<unknown> {
  const item = await getItem(runtime, cancellationKey(order.orderId));
  if (item === undefined) return undefined;
  return (await cancelEarly(runtime, order, cancellation.parse(item).reason)).result;
}

async function cancelEarly(runtime: Runtime, order: StoredOrder, reason: string | undefined): Promise<WebhookOutcome> {
  const outcome = await cancel(runtime, order, reason);
  await commit(runtime, [remove(runtime, cancellationKey(order.orderId))]);
  return outcome;
}

async function cancel(runtime: Runtime, order: StoredOrder, reason: string | undefined): Promise<WebhookOutcome> {
  return withdrawalOutcome({ orderId: order.orderId }, await withdrawOrder(runtime, order.ticket, reason));
}

function ordered(done: Ordered<object>): WebhookOutcome {
  return done.kind === 'refused' ? failed(done.refusal) : { state: 'done', result: { ...done.result } };
}
