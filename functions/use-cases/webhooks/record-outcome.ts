import { WEBHOOK_NEEDS_ATTENTION } from '../../../contract/table.ts';
import { defined } from '../../../domain/defined.ts';
import { shortLine } from '../../../domain/single-line.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { type OrderEntry, orderHistory, webhookHistory } from '../../store/history-items.ts';
import type { Write } from '../../store/transactions.ts';
import { putWaitingWebhook } from '../../store/waiting-webhook-item.ts';
import { getWebhook, keptUntil, putWebhook, type StoredWebhook } from '../../store/webhook-item.ts';
import type { WebhookOutcome } from './webhook-outcome.ts';

/**
 * Stores the outcome, unless a concurrent attempt has stored a final one. `waiting` replaces no other outcome. The transaction
 * also has the events: `webhook.failed` when a webhook becomes failed, and those of the order.
 * @param history events of the order that the webhook concerns, for the first outcome only.
 */
export async function recordOutcome(
  dependencies: Dependencies,
  webhook: StoredWebhook,
  outcome: WebhookOutcome,
  history: readonly OrderEntry[] = [],
): Promise<StoredWebhook> {
  let current = webhook;
  return retryOnConflict(dependencies, `webhook ${webhook.id}`, async () => {
    const { problem: _, result: __, closed: ___, ...kept } = current;
    const processed: StoredWebhook = { ...kept, ...outcome };
    if (await putWebhook(dependencies, processed, evidenceOf(dependencies, current, processed, history))) {
      if (isNewlyFailed(current, processed)) logFailure(dependencies, processed);
      return processed;
    }
    const known = await getWebhook(dependencies, webhook.id);
    if (known === undefined) return processed;
    if (hasEnded(known) || outcome.state === 'waiting') return known;
    current = known;
    return 'changed';
  });
}

/** Whether the webhook has an outcome that only a replay changes. */
export function hasEnded({ state }: StoredWebhook): boolean {
  return state !== 'waiting' && state !== 'received';
}

/** The events of a webhook that becomes failed, or that starts to wait. */
export function evidenceOf(
  dependencies: Dependencies,
  before: StoredWebhook,
  { id, source, state, result, problem }: StoredWebhook,
  history: readonly OrderEntry[] = [],
): Write[] {
  const until = keptUntil(dependencies, state);
  const orderId = typeof result?.['orderId'] === 'string' ? result['orderId'] : undefined;
  const failed = {
    type: 'webhook.failed',
    webhook: id,
    source,
    reason: shortLine(problem?.detail ?? 'It failed.', MAX_REASON_CHARACTERS),
  } as const;
  return [
    ...(state === 'failed' && before.state !== 'failed'
      ? [webhookHistory(dependencies, { ...failed, ...defined({ orderId }) }, until)]
      : []),
    ...(state === 'waiting' && before.state !== 'waiting' ? [putWaitingWebhook(dependencies, id, until)] : []),
    ...(before.state === 'received'
      ? orderHistory(dependencies, { kind: 'vendor', author: { kind: 'webhook', id } }, undefined, history)
      : []),
  ];
}

const MAX_REASON_CHARACTERS = 500;

function isNewlyFailed(before: StoredWebhook, after: StoredWebhook): boolean {
  return after.state === 'failed' && before.state !== 'failed';
}

/** An alarm counts these lines. The body and the detail are not in the log. */
export function logFailure(dependencies: Dependencies, { id, source, topic, problem }: StoredWebhook): void {
  const details = defined({ webhook: id, source, topic, code: problem?.code });
  dependencies.log.warn(`${WEBHOOK_NEEDS_ATTENTION}: it failed`, details);
}
