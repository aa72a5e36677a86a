import type { Refusal } from '../../domain/refusal.ts';
import { problemBody } from '../http/problem.ts';
import type { StoredWebhook } from './webhook-item.ts';

/** What came of a webhook. */
export type WebhookOutcome = Pick<StoredWebhook, 'state' | 'result' | 'problem'>;

/** What came of a webhook, and the order that has arrived with it: others may wait for that. */
export interface Processed {
  readonly outcome: WebhookOutcome;
  readonly arrived?: string;
}

export function failed(refusal: Refusal): WebhookOutcome {
  return { state: 'failed', problem: problemBody(refusal) };
}
