import type { Fault } from '../../../contract/parse-input.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket } from '../../store/license-item.ts';
import { getDeliveredOrder, type StoredOrder } from '../../store/order-item.ts';
import { changeRefunds } from '../../store/refunds-item.ts';
import { getSkuMappings } from '../../store/sku-mapping-item.ts';
import { withdrawOrder } from '../licenses/withdraw-order.ts';
import { unitOf } from '../orders/deliver-order.ts';
import { failed, type WebhookOutcome } from './outcome.ts';
import { planRefund, standingsByUnit } from './refund-plan.ts';
import type { Refund, RefundedLine } from './shop-event.ts';
import { waitForOrder } from './waiting-webhooks.ts';
import { withdrawalOutcome } from './withdrawal-outcome.ts';

/**
 * Withdraws what a refund takes back: its units are chosen once and written down, then withdrawn by W1 to W5. Run again, it
 * goes on with the same units. A refund that overtakes its order waits for it.
 */
export async function refundSale(dependencies: Dependencies, webhook: string, refund: Refund): Promise<WebhookOutcome> {
  const { orderId, lines } = refund;
  let order = await getDeliveredOrder(dependencies, orderId);
  if (order === undefined) {
    if (lines !== 'all' && (await sellNoLicense(dependencies, lines))) {
      return { state: 'ignored', result: { reason: 'Nothing of it sells a license.' } };
    }
    order = await waitForOrder(dependencies, webhook, orderId);
    if (order === undefined) return { state: 'waiting', result: { orderId } };
  }
  if (lines === 'all') return withdraw(dependencies, order, refund, undefined);
  if (order.sale?.refunded.includes(refund.refund) === true) {
    return { state: 'done', result: { orderId, reason: 'The sale was delivered without what is refunded.' } };
  }
  const taken = await takeUnits(dependencies, order, refund.refund, lines);
  if ('errors' in taken) return failed({ code: 'invalid-request', errors: taken.errors });
  return withdraw(dependencies, order, refund, new Set(taken.units));
}

/** An order that delivers nothing is not kept, so the refund's own SKUs tell. */
async function sellNoLicense(dependencies: Dependencies, lines: readonly RefundedLine[]): Promise<boolean> {
  const mappings = await getSkuMappings(
    dependencies,
    lines.flatMap(({ sku }) => sku ?? []),
  );
  return lines.every(({ sku }) => sku !== undefined && mappings.get(sku)?.items.length === 0);
}

async function takeUnits(
  dependencies: Dependencies,
  order: StoredOrder,
  refund: string,
  lines: readonly RefundedLine[],
): Promise<{ readonly units: readonly number[] } | { readonly errors: readonly Fault[] }> {
  const { sale } = order;
  if (sale === undefined) {
    const message = 'the order was made by hand: nothing says which of its licenses belong to the line';
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

async function withdraw(
  dependencies: Dependencies,
  order: StoredOrder,
  { refund, reason }: Refund,
  units: ReadonlySet<number> | undefined,
): Promise<WebhookOutcome> {
  const isTaken = (license: string): boolean => units === undefined || units.has(unitOf(license));
  const withdrawal = await withdrawOrder(dependencies, order.ticket, reason, isTaken);
  // All of them, whichever run has withdrawn them: what the refund has come to by now.
  const licenses = await licensesOfTicket(dependencies, order.ticket);
  const withdrawn = licenses.filter(({ id, standing }) => standing.at === 'withdrawn' && isTaken(id));
  const ids = withdrawn.map(({ id }) => id);
  return withdrawalOutcome({ orderId: order.orderId, refund }, { ...withdrawal, withdrawn: ids });
}
