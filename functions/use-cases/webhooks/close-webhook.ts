import { defined } from '../../../domain/defined.ts';
import type { Author } from '../../../domain/history.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { getWebhook, putWebhook, type StoredWebhook } from '../../store/webhook-item.ts';

export type Closing =
  | { readonly kind: 'closed'; readonly webhook: StoredWebhook }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** States in which a webhook needs a person. */
const OPEN: ReadonlySet<StoredWebhook['state']> = new Set(['failed', 'waiting', 'received']);

/**
 * Ends a webhook that failed or waits, without a result. Its problem stays, and a replay opens it again. A webhook that is
 * closed stays as it was closed.
 */
export async function closeWebhook(
  dependencies: Dependencies,
  author: Author | undefined,
  id: string,
  reason: string,
): Promise<Closing> {
  return retryOnConflict<Closing>(dependencies, `webhook ${id}`, async () => {
    const webhook = await getWebhook(dependencies, id);
    if (webhook === undefined) {
      return { kind: 'refused', refusal: { code: 'not-found', explanation: `There is no webhook ${id}.` } };
    }
    if (webhook.state === 'closed') return { kind: 'closed', webhook };
    if (!OPEN.has(webhook.state)) {
      const message = `only a webhook that failed or waits can be closed; this one is ${webhook.state}`;
      return { kind: 'refused', refusal: { code: 'invalid-request', errors: [{ path: '', message }] } };
    }
    const closed: StoredWebhook = {
      ...webhook,
      state: 'closed',
      closed: defined({ at: dependencies.now().toISOString(), reason, by: author }),
    };
    return (await putWebhook(dependencies, closed)) ? { kind: 'closed', webhook: closed } : 'changed';
  });
}
