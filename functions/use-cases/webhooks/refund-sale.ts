import type { Fault } from '../../../contract/parse-input.ts';
import type { VendorActor } from '../../../domain/history.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket } from '../../store/license-item.ts';
import { getOrder, type StoredOrder } from '../../store/order-item.ts';
import { changeRefunds } from '../../store/refunds-item.ts';
import { getSkuMappings } from '../../store/sku-mapping-item.ts';
import { withdrawOrder } from '../licenses/withdraw-order.ts';
import { unitOf } from '../orders/deliver-order.ts';
import { markCancelled } from '../orders/mark-cancelled.ts';
import { planRefund, standingsByUnit } from './refund-plan.ts';
import { EQUAL_MONEY, type Refund, type RefundedLine } from './shop-event.ts';
import { awaitOrder, NOTHING_DELIVERED } from './waiting-webhooks.ts';
import { ignoredOutcome, invalidOutcome, type WebhookOutcome, withdrawalOutcome } from './webhook-outcome.ts';

/**
 * Withdraws the licenses of a refund, a cancellation, an edit, a failed payment or a lost dispute, by W1 to W5. Chooses the
 * refunded units and stores them once, so a repeated webhook withdraws the same units. A refund that arrives before its order
 * waits for the order.
 */
export async function refundSale(
  dependencies: Dependencies,
  vendor: VendorActor,
  webhook: string,
  refund: Refund,
): Promise<WebhookOutcome> {
  const { orderId, lines, ignoredBeforeDelivery } = refund;
  const known = await getOrder(dependencies, orderId);
  if (known === undefined && ignoredBeforeDelivery !== undefined) return ignoredOutcome(ignoredBeforeDelivery, orderId);
  if (known?.state !== 'delivered' && lines !== 'all' && (await sellNoLicense(dependencies, lines))) {
    return ignoredOutcome('No line of the refund sells a license.', orderId);
  }
  const awaited =
    known?.state === 'delivered'
      ? ({ kind: 'delivered', order: known } as const)
      : await awaitOrder(dependencies, webhook, orderId);
  if (awaited.kind === 'nothing') return ignoredOutcome(NOTHING_DELIVERED, orderId);
  if (awaited.kind === 'waiting') return { state: 'waiting', result: { orderId } };
  return refundDelivered(dependencies, vendor, awaited.order, refund);
}

async function refundDelivered(
  dependencies: Dependencies,
  vendor: VendorActor,
  order: StoredOrder,
  refund: Refund,
): Promise<WebhookOutcome> {
  const { orderId, lines, failedAt, amount } = refund;
  const { paidAt, total } = order.sale ?? {};
  if (failedAt !== undefined && paidAt !== undefined && failedAt <= paidAt) {
    return ignoredOutcome('An attempt to pay failed; a later one succeeded.', orderId);
  }
  if (amount !== undefined && total?.currency === amount.currency && amount.amount < total.amount - EQUAL_MONEY) {
    const message = `only ${amount.amount} of ${total.amount} is disputed: withdraw the disputed licenses yourself`;
    return invalidOutcome([{ path: 'amount', message }], orderId);
  }
  if (lines === 'all') {
    await markCancelled(dependencies, orderId);
    return withdrawUnits(dependencies, vendor, order, refund, undefined);
  }
  if (order.sale?.refunded.includes(refund.refund) === true) {
    return { state: 'done', result: { orderId, reason: 'The order was delivered without the refunded units.' } };
  }
  if (isEdit(refund.refund) && (order.sale?.refunded.length ?? 0) > 0) {
    const message =
      'the order was delivered without refunded units, which may be the removed ones: compare them yourself';
    return invalidOutcome([{ path: 'order_edit', message }], orderId);
  }
  const taken = await takeUnits(dependencies, order, refund.refund, lines);
  if ('errors' in taken) return invalidOutcome(taken.errors);
  return withdrawUnits(dependencies, vendor, order, refund, new Set(taken.units));
}

/** Whether the mappings of all refunded SKUs are empty. An order that delivers nothing is not stored, so it cannot be asked. */
async function sellNoLicense(dependencies: Dependencies, lines: readonly RefundedLine[]): Promise<boolean> {
  const mappings = await getSkuMappings(
    dependencies,
    lines.flatMap(({ sku }) => sku ?? []),
  );
  return lines.every(
    ({ sku, isNoLicense }) => isNoLicense === true || (sku !== undefined && mappings.get(sku)?.items.length === 0),
  );
}

/**
 * A shop may report a removed unit twice, by the edit and by a refund. So an edit and a refund may choose the same unit, while
 * two edits, or two refunds, never do.
 */
function isEdit(refund: string): boolean {
  return refund.startsWith('edit-');
}

/** Chooses the refund's units and stores them with the order's refunds; reads them if an earlier attempt stored them. */
async function takeUnits(
  dependencies: Dependencies,
  order: StoredOrder,
  refund: string,
  lines: readonly RefundedLine[],
): Promise<{ readonly units: readonly number[] } | { readonly errors: readonly Fault[] }> {
  const { sale } = order;
  if (sale === undefined) {
    const message = `order ${order.orderId} did not come from the shop, so the licenses of its lines are unknown`;
    return { errors: [{ path: 'refund_line_items', message }] };
  }
  let errors: readonly Fault[] = [];
  const { refunds } = await changeRefunds(dependencies, order.orderId, async (known) => {
    errors = [];
    if (known.refunds.some((one) => one.refund === refund)) return known;
    const ofSameKind = known.refunds.filter((one) => isEdit(one.refund) === isEdit(refund));
    const taken = new Set(ofSameKind.flatMap(({ units }) => units));
    const standings = standingsByUnit(await licensesOfTicket(dependencies, order.ticket), unitOf);
    const plan = planRefund(sale, lines, taken, standings);
    if (plan.kind === 'units') return { ...known, refunds: [...known.refunds, { refund, units: [...plan.units] }] };
    errors = plan.errors;
    return known;
  });
  return errors.length > 0 ? { errors } : { units: refunds.find((one) => one.refund === refund)?.units ?? [] };
}

/** @param units the units to withdraw; all units of the order if undefined. */
async function withdrawUnits(
  dependencies: Dependencies,
  vendor: VendorActor,
  order: StoredOrder,
  { refund, reason }: Refund,
  units: ReadonlySet<number> | undefined,
): Promise<WebhookOutcome> {
  const isRefunded = (license: string): boolean => units === undefined || units.has(unitOf(license));
  const withdrawal = await withdrawOrder(dependencies, vendor, order.ticket, reason, isRefunded);
  // Read again, so that the result also names the licenses that an earlier attempt withdrew.
  const licenses = await licensesOfTicket(dependencies, order.ticket);
  const withdrawn = licenses.filter(({ id, standing }) => standing.at === 'withdrawn' && isRefunded(id));
  const ids = withdrawn.map(({ id }) => id);
  return withdrawalOutcome({ orderId: order.orderId, refund }, { ...withdrawal, withdrawn: ids });
}
