import { getDelivered, type StoredOrder } from '../orders/order-item.ts';
import type { Runtime } from '../ports.ts';
import { changeRefunds } from './refunds-item.ts';

/** Lets a webhook that overtook its order wait for it. Gives the order when it has been delivered meanwhile. */
export async function waitForOrder(
  runtime: Runtime,
  webhook: string,
  orderId: string,
): Promise<StoredOrder | undefined> {
  // First the note, then another look: whichever of the two is later, the order or the webhook, sees the other one.
  await changeRefunds(runtime, orderId, (known) =>
    known.waiting.includes(webhook) ? known : { ...known, waiting: [...known.waiting, webhook] },
  );
  return getDelivered(runtime, orderId);
}
