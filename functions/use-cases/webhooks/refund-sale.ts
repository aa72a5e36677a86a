import type { Fault } from '../../../contract/parse-input.ts';
import type { VendorActor } from '../../../domain/history.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket } from '../../store/license-item.ts';
import { getDeliveredOrder, type StoredOrder } from '../../store/order-item.ts';
import { changeRefunds } from '../../store/refunds-item.ts';
import { getSkuMappings } from '../../store/sku-mapping-item.ts';
import { withdrawOrder } from '../licenses/withdraw-order.ts';
import { unitOf } from '../orders/deliver-order.ts';
import { planRefund, standingsByUnit } from './refund-plan.ts';
import type { Refund, RefundedLine } from './shop-event.ts';
import { waitForDelivery } from './waiting-webhooks.ts';
import { failedOutcome, type WebhookOutcome, withdrawalOutcome } from './webhook-outcome.ts';

/**
 * Withdraws the licenses that a refund names, by W1 to W5. The refund's units are chosen and stored once, so a repeated
 * webhook withdraws the same units. A refund that arrives before its order waits for the order.
 */
export async function refundSale(
  dependencies: Dependencies,
  vendor: VendorActor,
  webhook: string,
  refund: Refund,
): Promise<WebhookOutcome> {
  const { orderId, lines } = refund;
  let order = await getDeliveredOrder(dependencies, orderId);
  if (order === undefined) {
    if (lines !== 'all' && (await sellNoLicense(dependencies, lines))) {
      return { state: 'ignored', result: { reason: 'No line of the refund sells a license.' } };
    }
    order = await waitForDelivery(dependencies, webhook, orderId);
    if (order === undefined) return { state: 'waiting', result: { orderId } };
  }
  if (lines === 'all') return withdrawUnits(dependencies, vendor, order, refund, undefined);
  if (order.sale?.refunded.includes(refund.refund) === true) {
    return { state: 'done', result: { orderId, reason: 'The order was delivered without the refunded units.' } };
  }
  const taken = await takeUnits(dependencies, order, refund.refund, lines);
  if ('errors' in taken) return failedOutcome({ code: 'invalid-request', errors: taken.errors });
  return withdrawUnits(dependencies, vendor, order, refund, new Set(taken.units));
}

/** Whether the mappings of all refunded SKUs are empty. An order that delivers nothing is not stored, so it cannot be asked. */
async function sellNoLicense(dependencies: Dependencies, lines: readonly RefundedLine[]): Promise<boolean> {
  const mappings = await getSkuMappings(
    dependencies,
    lines.flatMap(({ sku }) => sku ?? []),
  );
  return lines.every(({ sku }) => sku !== undefined && mappings.get(sku)?.items.length === 0);
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
    const taken = new Set(known.refunds.flatMap(({ units }) => units));
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
