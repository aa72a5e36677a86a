import { Webhook } from 'standardwebhooks';
import { type EventEndpoint, signingSecrets } from '../../store/event-endpoint-item.ts';
import type { HistoryEvent } from '../../store/history-items.ts';
import type { EventDetails } from './licenses-of-events.ts';

export const PING = 'ping';

/** The body of an event (Standard Webhooks 1.0.0). `data` has the members of the history event and its details. */
export function eventBody({ type, ...event }: HistoryEvent, details: EventDetails): string {
  return JSON.stringify({ type, timestamp: event.at, data: { ...event, ...details } });
}

export function pingBody(id: string, at: string, endpoint: string): string {
  return JSON.stringify({ type: PING, timestamp: at, data: { id, at, endpoint } });
}

/** The headers of one attempt. During a rotation of secrets there is one signature per secret, the newest first. */
export function messageHeaders(endpoint: EventEndpoint, id: string, body: string, now: Date): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'Relicense',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': signingSecrets(endpoint, now)
      .map((secret) => new Webhook(secret).sign(id, now, body))
      .join(' '),
  };
}
