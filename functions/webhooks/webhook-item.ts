import * as z from 'zod/mini';
import type { Runtime } from '../ports.ts';
import { commit, putRevision } from '../table/commit.ts';
import { webhookKey, webhooksIndex } from '../table/keys.ts';
import { getIndexed, getItem, type Page, queryIndex, type RawItem } from '../table/read.ts';
import { exact } from '../table/stored.ts';

const problem = z.looseObject({ code: z.string(), detail: z.string() });

const webhookItem = z.object({
  id: z.string(),
  /** The body as it came, so that it can be replayed. */
  body: z.string(),
  receivedAt: z.string(),
  /** Random; what comes of it draws its ids from here, so that a stopped webhook goes on with the same ones. */
  seed: z.string(),
  /** `failed` can be replayed once what made it fail is mended; `waiting` waits for the order that it cancels. */
  state: z.enum(['received', 'done', 'failed', 'waiting']),
  result: z.optional(z.looseObject({})),
  problem: z.optional(problem),
  revision: z.int(),
});

export type StoredWebhook = z.infer<typeof webhookItem>;
export type WebhookOutcome = Pick<StoredWebhook, 'state' | 'result' | 'problem'>;

/** A webhook is known by its id for this long, 30 days being the least; one that failed is kept longer. */
const KEPT_SECONDS = 60 * 24 * 3600;
const FAILED_KEPT_SECONDS = 400 * 24 * 3600;

export async function getWebhook(runtime: Runtime, id: string): Promise<StoredWebhook | undefined> {
  const item = await getItem(runtime, webhookKey(id));
  return item === undefined ? undefined : parse(item);
}

/** Writes the webhook's next revision; `false` when another delivery of it was faster. */
export async function putWebhook(runtime: Runtime, { revision, ...webhook }: StoredWebhook): Promise<boolean> {
  const kept = webhook.state === 'failed' ? FAILED_KEPT_SECONDS : KEPT_SECONDS;
  const item = {
    ...webhook,
    expiresAtSeconds: Math.floor(runtime.now().getTime() / 1000) + kept,
    indexPk: webhooksIndex(webhook.state),
    indexSk: `${webhook.receivedAt}#${webhook.id}`,
  };
  return (await commit(runtime, [putRevision(runtime, webhookKey(webhook.id), item, revision)])) === 'committed';
}

export async function pageOfWebhooks(
  runtime: Runtime,
  state: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredWebhook>> {
  const page = await queryIndex(runtime, webhooksIndex(state), limit, cursor);
  const items = await getIndexed(runtime, page.items);
  return { ...page, items: items.map(parse) };
}

function parse(item: RawItem): StoredWebhook {
  return exact(webhookItem.parse(item)) as StoredWebhook;
}

export function webhookView({ id, body, receivedAt, state, result, problem: fault }: StoredWebhook): object {
  return {
    id,
    state,
    receivedAt,
    body,
    ...(result === undefined ? {} : { result }),
    ...(fault === undefined ? {} : { problem: fault }),
  };
}
