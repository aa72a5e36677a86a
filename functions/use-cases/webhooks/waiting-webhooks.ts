import type { Dependencies } from '../../dependencies.ts';
import { getDeliveredOrder, type StoredOrder } from '../../store/order-item.ts';
import { changeRefunds } from '../../store/refunds-item.ts';

/** Lets a webhook that overtook its order wait for it. Gives the order when it has been delivered meanwhile. */
export async function waitForOrder(
  dependencies: Dependencies,
  webhook: string,
  orderId: string,
): Promise<StoredOrder | undefined> {
  // First the note, then another look: whichever of the two is later, the order or the webhook, sees the other one.
  await changeRefunds(dependencies, orderId, (known) =>
    known.waiting.includes(webhook) ? known : { ...known, waiting: [...known.waiting, webhook] },
  );
  return getDeliveredOrder(dependencies, orderId);
}
