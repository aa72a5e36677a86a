import * as z from 'zod/mini';
import { WEBHOOK_SOURCES, type WebhookSource } from '../../contract/webhook-sources.ts';
import { base32 } from '../../domain/ticket-code.ts';
import type { Attempt } from '../attempt.ts';
import type { Dependencies } from '../dependencies.ts';
import { retryOnConflict } from './conflict-retries.ts';
import { webhookSecretsKey } from './keys.ts';
import { getItem } from './queries.ts';
import { commit, putRevision } from './transactions.ts';

const secretsItem = z.object({
  secrets: z.array(z.object({ id: z.string(), secret: z.string(), createdAt: z.string() })),
  revision: z.int(),
});

/** A secret that a source signs with. The ERP's is `whsec_` and base64, the format of Standard Webhooks 1.0.0. */
export interface WebhookSecret {
  readonly id: string;
  readonly secret: string;
  readonly createdAt: string;
}

/** Two for each source, so that a new secret can replace an old one without a gap. */
export const MAX_SECRETS = 2;
const SECRET_BYTES = 32;
const ID_BYTES = 8;
const ID_CHARACTERS = 12;

export async function loadWebhookSecrets(
  dependencies: Dependencies,
  source: WebhookSource,
): Promise<{ secrets: WebhookSecret[]; revision: number }> {
  const item = await getItem(dependencies, webhookSecretsKey(source));
  return item === undefined ? { secrets: [], revision: 0 } : secretsItem.parse(item);
}

/** Adds a secret: the given one, or a new one. @returns `undefined` when the source has two already. */
export async function addWebhookSecret(
  dependencies: Dependencies,
  source: WebhookSource,
  given: string | undefined,
  deriveBytes: Attempt['deriveBytes'],
): Promise<WebhookSecret | undefined> {
  const added: WebhookSecret = {
    id: base32(deriveBytes('id', ID_BYTES), ID_CHARACTERS),
    secret: given ?? `whsec_${Buffer.from(deriveBytes('secret', SECRET_BYTES)).toString('base64')}`,
    createdAt: dependencies.now().toISOString(),
  };
  // A retry of the same request derives the same id: the first attempt added the secret.
  const made = (await loadWebhookSecrets(dependencies, source)).secrets.find(({ id }) => id === added.id);
  if (made !== undefined) return made;
  const changed = await change(dependencies, source, (secrets) =>
    secrets.length < MAX_SECRETS ? [...secrets, added] : undefined,
  );
  return changed ? added : undefined;
}

/** Removes a secret of any source. @returns `false` when no source has a secret with this id. */
export async function removeWebhookSecret(dependencies: Dependencies, id: string): Promise<boolean> {
  for (const source of WEBHOOK_SOURCES) {
    const removed = await change(dependencies, source, (secrets) =>
      secrets.some((secret) => secret.id === id) ? secrets.filter((secret) => secret.id !== id) : undefined,
    );
    if (removed) return true;
  }
  return false;
}

async function change(
  dependencies: Dependencies,
  source: WebhookSource,
  next: (secrets: readonly WebhookSecret[]) => readonly WebhookSecret[] | undefined,
): Promise<boolean> {
  return retryOnConflict(dependencies, `the webhook secrets of ${source}`, async () => {
    const { secrets, revision } = await loadWebhookSecrets(dependencies, source);
    const changed = next(secrets);
    if (changed === undefined) return false;
    const write = putRevision(dependencies, webhookSecretsKey(source), { secrets: changed }, revision);
    return (await commit(dependencies, [write])) === 'committed' ? true : 'changed';
  });
}
