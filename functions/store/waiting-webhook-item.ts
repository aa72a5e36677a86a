import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { waitingWebhookKey } from './keys.ts';
import { queryPage } from './queries.ts';
import { putRevision, removeRevision, type Write } from './transactions.ts';

const waitingItem = z.object({ id: z.string(), since: z.string(), revision: z.int() });

/** A webhook that waits for its order and was not reported yet. */
export type WaitingWebhook = z.infer<typeof waitingItem>;

export function putWaitingWebhook(dependencies: Dependencies, id: string, expiresAtSeconds: number): Write {
  const since = dependencies.now().toISOString();
  return putRevision(dependencies, waitingWebhookKey(since, id), { id, since, expiresAtSeconds }, 0);
}

/** Refuses its transaction if a concurrent look has removed the item. */
export function removeWaitingWebhook(dependencies: Dependencies, { id, since, revision }: WaitingWebhook): Write {
  return removeRevision(dependencies, waitingWebhookKey(since, id), revision);
}

/** At most `limit` of the webhooks that wait since before this time, the longest wait first. */
export async function waitingWebhooksBefore(
  dependencies: Dependencies,
  before: string,
  limit: number,
): Promise<WaitingWebhook[]> {
  const { pk, sk } = waitingWebhookKey(before, '');
  const page = await queryPage(dependencies, { pk, from: 'SINCE#', to: sk }, limit, undefined);
  return page.items.map((item) => waitingItem.parse(item));
}
