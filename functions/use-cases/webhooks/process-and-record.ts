import { deriveFrom } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { changeRefunds, getRefunds } from '../../store/refunds-item.ts';
import { getWebhook, type StoredWebhook } from '../../store/webhook-item.ts';
import { processWebhook } from './process-webhook.ts';
import { hasEnded, recordOutcome } from './record-outcome.ts';

/**
 * Processes a webhook, then the webhooks that waited for the order that it settled, and stores the outcome.
 * @param isRetry whether an earlier attempt may have processed the webhook.
 * @returns the webhook as it is stored now.
 */
export async function processAndRecord(
  dependencies: Dependencies,
  webhook: StoredWebhook,
  isRetry: boolean,
): Promise<StoredWebhook> {
  const attempt = { deriveBytes: deriveFrom(webhook.seed, webhook.id), isRetry };
  const { outcome, settledOrder, history } = await processWebhook(dependencies, webhook, attempt);
  // Before the outcome is stored: after a crash in between, the retry finds the waiting webhooks again.
  if (settledOrder !== undefined) await processWaitingWebhooks(dependencies, settledOrder);
  return recordOutcome(dependencies, webhook, outcome, history);
}

/**
 * Processes the webhooks that arrived before this order was delivered. Safe to repeat: a webhook that has ended, perhaps
 * because it found the order itself, is skipped.
 */
export async function processWaitingWebhooks(dependencies: Dependencies, orderId: string): Promise<void> {
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
