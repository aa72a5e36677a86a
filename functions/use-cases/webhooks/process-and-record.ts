import { deriveFrom } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { changeRefunds, getRefunds } from '../../store/refunds-item.ts';
import { getWebhook, putWebhook, type StoredWebhook } from '../../store/webhook-item.ts';
import { processWebhook } from './process-webhook.ts';

/**
 * Does a webhook and writes down what came of it; then what has waited for its order. When another delivery of it wrote
 * first, that one stands, unless it still waits. `isRetry`: an earlier run may have done it.
 */
export async function processAndRecord(
  dependencies: Dependencies,
  webhook: StoredWebhook,
  isRetry: boolean,
): Promise<StoredWebhook> {
  const attempt = { deriveBytes: deriveFrom(webhook.seed, webhook.id), isRetry };
  const { outcome, arrived } = await processWebhook(dependencies, webhook, attempt);
  // Before the outcome is written: stopped in between, the next delivery of it finds them still waiting.
  if (arrived !== undefined) await processWaiting(dependencies, arrived);
  let current = webhook;
  return retryOnConflict(dependencies, `webhook ${webhook.id}`, async () => {
    const { problem: _, result: __, ...kept } = current;
    const settled: StoredWebhook = { ...kept, ...outcome };
    if (await putWebhook(dependencies, settled)) return settled;
    const known = await getWebhook(dependencies, webhook.id);
    if (known === undefined) return settled;
    if (hasEnded(known) || outcome.state === 'waiting') return known;
    current = known;
    return 'changed';
  });
}

/**
 * Does what has waited for an order, whoever has delivered it. Run again it does the rest, and what has ended is not done
 * once more: it may have found the order by itself.
 */
export async function processWaiting(dependencies: Dependencies, orderId: string): Promise<void> {
  const { waiting } = await getRefunds(dependencies, orderId);
  for (const id of waiting) {
    const webhook = await getWebhook(dependencies, id);
    if (webhook !== undefined && !hasEnded(webhook)) await processAndRecord(dependencies, webhook, true);
  }
  await changeRefunds(dependencies, orderId, (known) => {
    const left = known.waiting.filter((id) => !waiting.includes(id));
    return left.length === known.waiting.length ? known : { ...known, waiting: left };
  });
}

function hasEnded({ state }: StoredWebhook): boolean {
  return state !== 'waiting' && state !== 'received';
}
