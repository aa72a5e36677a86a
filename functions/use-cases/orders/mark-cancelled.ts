import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getDeliveredOrder, putOrder } from '../../store/order-item.ts';
import { commitSingle } from '../../store/transactions.ts';
import { awaitRevision } from '../containers/large-revision.ts';

/**
 * Marks the order as cancelled, so that no revision follows. Comes before the withdrawal of its licenses: a revision that is
 * committed before the mark is withdrawn with the rest, and one that is decided before it is refused.
 */
export async function markCancelled(dependencies: Dependencies, orderId: string): Promise<void> {
  await retryOnConflict(dependencies, `order ${orderId}`, async () => {
    const order = await getDeliveredOrder(dependencies, orderId);
    if (order === undefined || order.cancelledAt !== undefined) return 'done';
    if (order.revising !== undefined) {
      await awaitRevision(dependencies, orderId);
      return 'changed';
    }
    const cancelled = { ...order, cancelledAt: dependencies.now().toISOString() };
    return (await commitSingle(dependencies, putOrder(dependencies, cancelled))) === 'committed' ? 'done' : 'changed';
  });
}
