import { problemDocument } from '../../../contract/problems.ts';
import { WEBHOOK_NEEDS_ATTENTION } from '../../../contract/table.ts';
import { defined } from '../../../domain/defined.ts';
import type { Dependencies } from '../../dependencies.ts';
import { webhookHistory } from '../../store/history-items.ts';
import { commit } from '../../store/transactions.ts';
import { removeWaitingWebhook, type WaitingWebhook, waitingWebhooksBefore } from '../../store/waiting-webhook-item.ts';
import { getWebhook, keptUntil, pageOfWebhooks } from '../../store/webhook-item.ts';
import { hasEnded, recordOutcome } from './record-outcome.ts';

/** The check runs every 15 minutes, so a webhook that waits is reported within an hour. */
const LONG_MILLISECONDS = 30 * 60 * 1000;
const PAGE = 100;
const MAX_PAGES = 50;

export interface OpenWebhooksReport {
  /** Webhooks that wait for their order for more than 30 minutes. */
  readonly waiting: number;
  /** Webhooks whose processing stopped more than 30 minutes ago. */
  readonly stopped: number;
}

/**
 * Reports the webhooks that wait for more than 30 minutes, each once, and fails those whose processing stopped and whose sender
 * did not send them again.
 */
export async function reportOpenWebhooks(dependencies: Dependencies): Promise<OpenWebhooksReport> {
  const before = new Date(dependencies.now().getTime() - LONG_MILLISECONDS).toISOString();
  return { waiting: await reportWaiting(dependencies, before), stopped: await failStopped(dependencies, before) };
}

async function reportWaiting(dependencies: Dependencies, before: string): Promise<number> {
  let reported = 0;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const waiting = await waitingWebhooksBefore(dependencies, before, PAGE);
    for (const one of waiting) reported += (await reportOne(dependencies, one)) ? 1 : 0;
    if (waiting.length < PAGE) break;
  }
  return reported;
}

/** @returns whether this look has reported the webhook. The transaction removes what a second look would find. */
async function reportOne(dependencies: Dependencies, waiting: WaitingWebhook): Promise<boolean> {
  const webhook = await getWebhook(dependencies, waiting.id);
  if (webhook === undefined || hasEnded(webhook)) {
    await commit(dependencies, [removeWaitingWebhook(dependencies, waiting)]);
    return false;
  }
  const { id, source, state, result } = webhook;
  const orderId = typeof result?.['orderId'] === 'string' ? result['orderId'] : undefined;
  const reason = `It waits since ${waiting.since} for an order that has not come.`;
  const event = { type: 'webhook.waiting-long', webhook: id, source, reason, ...defined({ orderId }) } as const;
  const committed = await commit(dependencies, [
    webhookHistory(dependencies, event, keptUntil(dependencies, state)),
    removeWaitingWebhook(dependencies, waiting),
  ]);
  if (committed !== 'committed') return false;
  dependencies.log.warn(`${WEBHOOK_NEEDS_ATTENTION}: it waits`, { webhook: id, source });
  return true;
}

async function failStopped(dependencies: Dependencies, before: string): Promise<number> {
  const { items } = await pageOfWebhooks(dependencies, 'received', undefined, PAGE, undefined);
  const stopped = items.filter(({ receivedAt }) => receivedAt < before);
  const detail = 'Its processing stopped before the end. Replaying it is safe.';
  for (const webhook of stopped) {
    await recordOutcome(dependencies, webhook, { state: 'failed', problem: problemDocument('internal-error', detail) });
  }
  return stopped.length;
}
