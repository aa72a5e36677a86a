import * as z from 'zod/mini';
import { parseStrictly } from '../../../contract/parse-input.ts';
import { type ErpEvent, erpEvent } from '../../../contract/webhooks.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { parseJson } from '../../../protocol/index.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import type { StoredWebhook } from '../../store/webhook-item.ts';
import { renewLicense } from '../licenses/renew.ts';
import { renewOrder } from '../licenses/renew-order.ts';
import { type ReplacementRequest, replaceLicense } from '../licenses/replace.ts';
import { withdrawLicense } from '../licenses/withdraw.ts';
import { withdrawOrder } from '../licenses/withdraw-order.ts';
import { deliverOrder, type OrderBody } from '../orders/deliver-order.ts';
import { markCancelled } from '../orders/mark-cancelled.ts';
import { reviseOrder, revisionRequest } from '../orders/revise-order.ts';
import { awaitOrder, NOTHING_DELIVERED, NOTHING_TO_RENEW } from './waiting-webhooks.ts';
import {
  failedOutcome,
  ignoredOutcome,
  invalidOutcome,
  type ProcessedWebhook,
  renewalOutcome,
  revisionOutcome,
  type WebhookOutcome,
  withdrawalOutcome,
} from './webhook-outcome.ts';

/** Executes the event in a webhook from the ERP. */
export async function processErpEvent(
  dependencies: Dependencies,
  vendor: VendorActor,
  webhook: StoredWebhook,
  attempt: Attempt,
): Promise<ProcessedWebhook> {
  const json = parseErpJson(webhook.body);
  if (!json.ok) {
    return { outcome: invalidOutcome([{ path: '', message: `not valid JSON: ${json.code}` }]) };
  }
  const event = parseStrictly(erpEvent, json.value);
  if (!event.ok) return { outcome: invalidOutcome(event.errors) };
  if (event.value.type === 'order.created') return deliverCreatedOrder(dependencies, vendor, event.value.data);
  return { outcome: await processChange(dependencies, vendor, webhook.id, event.value, attempt) };
}

/**
 * Parses the body. A flaw matters only in what is used to find or deliver something: half a character in a reason, in the
 * customer, or in a member that nobody reads is replaced.
 */
function parseErpJson(body: string): ReturnType<typeof parseJson> {
  const strict = parseJson(body);
  if (strict.ok) return strict;
  const lenient = parseJson(body, { flaws: 'isolate' });
  return lenient.ok && isSoundBesideTexts(lenient.value) ? lenient : strict;
}

const dataOfEvent = z.object({
  data: z.looseObject({ reason: z.optional(z.unknown()), customer: z.optional(z.unknown()) }),
});

function isSoundBesideTexts(value: unknown): boolean {
  const parsed = dataOfEvent.safeParse(value);
  if (!parsed.success) return false;
  const { reason: _, customer: __, ...used } = parsed.data.data;
  return !JSON.stringify(used).includes(REPLACEMENT_CHARACTER);
}

const REPLACEMENT_CHARACTER = '\u{fffd}';

async function deliverCreatedOrder(
  dependencies: Dependencies,
  vendor: VendorActor,
  body: OrderBody,
): Promise<ProcessedWebhook> {
  const delivery = await deliverOrder(dependencies, vendor, body);
  if (delivery.kind === 'refused') return { outcome: failedOutcome(delivery.refusal) };
  const { orderId, ticket } = delivery.order;
  return { outcome: { state: 'done', result: { orderId, ticket } }, settledOrder: orderId };
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
    case 'order.changed': {
      const { orderId, ...body } = event.data;
      const awaited = await awaitOrder(dependencies, webhook, orderId);
      if (awaited.kind === 'nothing') return ignoredOutcome(NOTHING_DELIVERED, orderId);
      if (awaited.kind === 'waiting') return { state: 'waiting', result: { orderId } };
      const result = await reviseOrder(dependencies, vendor, orderId, revisionRequest(body), { webhook });
      return revisionOutcome(orderId, result);
    }
    case 'order.cancelled': {
      const { orderId, reason } = event.data;
      const awaited = await awaitOrder(dependencies, webhook, orderId);
      if (awaited.kind === 'nothing') return ignoredOutcome(NOTHING_DELIVERED, orderId);
      if (awaited.kind === 'waiting') return { state: 'waiting', result: { orderId } };
      await markCancelled(dependencies, orderId);
      return withdrawalOutcome({ orderId }, await withdrawOrder(dependencies, vendor, awaited.order.ticket, reason));
    }
    case 'order.renewed': {
      const { orderId, product, ...renewal } = event.data;
      const awaited = await awaitOrder(dependencies, webhook, orderId);
      if (awaited.kind === 'nothing') return ignoredOutcome(NOTHING_TO_RENEW, orderId);
      if (awaited.kind === 'waiting') return { state: 'waiting', result: { orderId } };
      const isIncluded = (license: StoredLicense) => product === undefined || license.product === product;
      const renewed = await renewOrder(dependencies, vendor, awaited.order.ticket, renewal, isIncluded);
      return renewalOutcome({ orderId }, renewed);
    }
    case 'license.renew': {
      const { license, ...renewal } = event.data;
      const renewed = await renewLicense(dependencies, vendor, license, renewal);
      if (renewed.kind === 'refused') return failedOutcome(renewed.refusal);
      return { state: 'done', result: { status: renewed.result.status, license } };
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
