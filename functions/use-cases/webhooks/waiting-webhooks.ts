import type { Dependencies } from '../../dependencies.ts';
import { getDeliveredOrder, type StoredOrder } from '../../store/order-item.ts';
import { changeRefunds } from '../../store/refunds-item.ts';

/**
 * Registers a webhook that arrived before its order; `processWaitingWebhooks` processes it when the order is delivered.
 * @returns the order, if it was delivered meanwhile.
 */
export async function waitForDelivery(
  dependencies: Dependencies,
  webhook: string,
  orderId: string,
): Promise<StoredOrder | undefined> {
  // Register first, then read the order again: an order that is delivered in between is found here or finds the webhook.
  await changeRefunds(dependencies, orderId, (known) =>
    known.waiting.includes(webhook) ? known : { ...known, waiting: [...known.waiting, webhook] },
  );
  return getDeliveredOrder(dependencies, orderId);
}
