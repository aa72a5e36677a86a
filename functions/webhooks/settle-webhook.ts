import { drawFrom } from '../http/run.ts';
import { inNameOf, type Runtime } from '../ports.ts';
import { processWebhook } from './process-webhook.ts';
import { changeRefunds, getRefunds } from './refunds-item.ts';
import { getWebhook, putWebhook, type StoredWebhook } from './webhook-item.ts';

const ATTEMPTS = 5;

/**
 * Does a webhook and writes down what came of it; then what has waited for its order. When another delivery of it wrote
 * first, that one stands, unless it still waits. `again`: an earlier run may have done it.
 */
export async function settleWebhook(runtime: Runtime, webhook: StoredWebhook, again: boolean): Promise<StoredWebhook> {
  const run = { draw: drawFrom(webhook.seed, webhook.id), again };
  const asked = inNameOf(runtime, { kind: 'webhook', id: webhook.id });
  const { outcome, arrived } = await processWebhook(asked, webhook, run);
  // Before the outcome is written: stopped in between, the next delivery of it finds them still waiting.
  if (arrived !== undefined) await settleWaiting(runtime, arrived);
  let current = webhook;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { problem: _, result: __, ...kept } = current;
    const settled: StoredWebhook = { ...kept, ...outcome };
    if (await putWebhook(runtime, settled)) return settled;
    const known = await getWebhook(runtime, webhook.id);
    if (known === undefined) return settled;
    if (hasEnded(known) || outcome.state === 'waiting') return known;
    current = known;
  }
  throw new Error(`The webhook ${webhook.id} keeps changing`);
}

/**
 * Does what has waited for an order, whoever has delivered it. Run again it does the rest, and what has ended is not done
 * once more: it may have found the order by itself.
 */
export async function settleWaiting(runtime: Runtime, orderId: string): Promise<void> {
  const { waiting } = await getRefunds(runtime, orderId);
  for (const id of waiting) {
    const webhook = await getWebhook(runtime, id);
    if (webhook !== undefined && !hasEnded(webhook)) await settleWebhook(runtime, webhook, true);
  }
  await changeRefunds(runtime, orderId, (known) => {
    const left = known.waiting.filter((id) => !waiting.includes(id));
    return left.length === known.waiting.length ? known : { ...known, waiting: left };
  });
}

function hasEnded({ state }: StoredWebhook): boolean {
  return state !== 'waiting' && state !== 'received';
}
