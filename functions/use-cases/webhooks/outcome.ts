import { refusalDocument, shortenRefusal } from '../../../contract/problems.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { StoredWebhook } from '../../store/webhook-item.ts';

/** What came of a webhook. */
export type WebhookOutcome = Pick<StoredWebhook, 'state' | 'result' | 'problem'>;

/** What came of a webhook, and the order that has arrived with it: others may wait for that. */
export interface Processed {
  readonly outcome: WebhookOutcome;
  readonly arrived?: string;
}

/** Told in short: it is kept in one item with the webhook's body. */
export function failed(refusal: Refusal): WebhookOutcome {
  return { state: 'failed', problem: refusalDocument(shortenRefusal(refusal).refusal) };
}
