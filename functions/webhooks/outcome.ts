import type { Refusal } from '../../domain/refusal.ts';
import { problemBody } from '../http/problem.ts';
import type { StoredWebhook } from './webhook-item.ts';

/** What came of a webhook. */
export type WebhookOutcome = Pick<StoredWebhook, 'state' | 'result' | 'problem'>;

export function failed(refusal: Refusal): WebhookOutcome {
  return { state: 'failed', problem: problemBody(refusal) };
}
