import type { Dependencies } from '../../dependencies.ts';
import { getDeliveredOrder, type StoredOrder } from '../../store/order-item.ts';
import { changeRefunds } from '../../store/refunds-item.ts';

/** How an order stands for a webhook that needs it. */
export type AwaitedOrder =
  | { readonly kind: 'delivered'; readonly order: StoredOrder }
  /** The shop's sale has come, and delivered no license. */
  | { readonly kind: 'nothing' }
  /** The webhook is registered: `processWaitingWebhooks` processes it when the order is delivered. */
  | { readonly kind: 'waiting' };

/** Finds the order; registers the webhook if it arrived before the order. */
export async function awaitOrder(dependencies: Dependencies, webhook: string, orderId: string): Promise<AwaitedOrder> {
  const known = await getDeliveredOrder(dependencies, orderId);
  if (known !== undefined) return { kind: 'delivered', order: known };
  // Register first, then read the order again: an order that is delivered in between is found here or finds the webhook.
  const { deliveredNothing } = await changeRefunds(dependencies, orderId, (refunds) =>
    refunds.deliveredNothing === true || refunds.waiting.includes(webhook)
      ? refunds
      : { ...refunds, waiting: [...refunds.waiting, webhook] },
  );
  const order = await getDeliveredOrder(dependencies, orderId);
  if (order !== undefined) return { kind: 'delivered', order };
  return { kind: deliveredNothing === true ? 'nothing' : 'waiting' };
}

/** Notes that the shop's sale delivered no license, so that nothing waits for it. */
export async function noteNothingDelivered(dependencies: Dependencies, orderId: string): Promise<void> {
  await changeRefunds(dependencies, orderId, (known) =>
    known.deliveredNothing === true ? known : { ...known, deliveredNothing: true },
  );
}

export const NOTHING_TO_RENEW = 'The order delivered no license, so there is nothing to renew.';
export const NOTHING_DELIVERED = 'The order delivered no license, so there is nothing to take back.';
