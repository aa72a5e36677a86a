/** An ERP that sends webhooks, signed as Standard Webhooks defines it. */
import { Webhook } from 'standardwebhooks';
import type { Reply } from './client.ts';
import { ok, type World } from './world.ts';

export interface WebhookSecret {
  readonly id: string;
  readonly secret: string;
}

/** A stored webhook. */
export interface KeptWebhook {
  readonly id: string;
  readonly state: string;
  readonly result?: Record<string, unknown>;
  readonly problem?: { readonly code: string; readonly detail: string };
}

export interface Sending {
  readonly id: string;
  readonly secret: string;
  /** Seconds between now and the signed time. */
  readonly shift?: number;
  /** Changes the body after it was signed. */
  readonly tamper?: (body: string) => string;
}

type Asking = Pick<World, 'vendor' | 'user'>;

export const newSecret = async ({ vendor }: Asking): Promise<WebhookSecret> =>
  ok(await vendor<WebhookSecret>('POST', '/webhook-secrets', { body: {} }), 201);

export const sendErp = async (
  { user }: Asking,
  type: string,
  data: unknown,
  { id, secret, shift = 0, tamper = (body: string) => body }: Sending,
): Promise<Reply<KeptWebhook>> => {
  const at = new Date(Date.now() + shift * 1000);
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  return user<KeptWebhook>('POST', '/webhooks/erp', {
    raw: tamper(body),
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
  });
};

export const keptWebhook = async ({ vendor }: Asking, id: string): Promise<KeptWebhook> =>
  ok(await vendor<KeptWebhook>('GET', `/webhooks/${id}`));
