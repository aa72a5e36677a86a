import * as z from 'zod/mini';
import { WEBHOOK_STATES } from '../../contract/shapes/webhook.ts';
import { WEBHOOK_SOURCES, type WebhookSource } from '../../contract/webhook-sources.ts';
import { defined } from '../../domain/defined.ts';
import type { Dependencies } from '../dependencies.ts';
import { compressJson, compressText, decompressJson, decompressText } from './compression.ts';
import { expiryAfter } from './expiry.ts';
import { author } from './item-schemas.ts';
import { webhookKey, webhooksIndex } from './keys.ts';
import { type Direction, getItem, type Page, pageOfIndexed, type RawItem } from './queries.ts';
import { commit, putRevision, type Write } from './transactions.ts';

const problem = z.looseObject({ code: z.string(), detail: z.string() });

const storedResult = z.looseObject({});

const webhookItem = z.object({
  id: z.string(),
  /** Absent on webhooks that were stored when the ERP was the only source. */
  source: z.exactOptional(z.enum(WEBHOOK_SOURCES)),
  /** The kind of event, if the sender names it outside the body. */
  topic: z.exactOptional(z.string()),
  /** The shop's domain, if the sender names it: for display only. */
  shop: z.exactOptional(z.string()),
  /** The body as received, for a replay; compressed when it is large. */
  body: z.union([z.string(), z.instanceof(Uint8Array)]),
  receivedAt: z.string(),
  /** Random. Ids derive from it, so that a webhook whose processing stopped continues with the same ids. */
  seed: z.string(),
  /**
   * `failed` can be replayed after the cause is fixed; `waiting` waits for the order that it cancels or refunds; `ignored`
   * concerns no licenses; `closed` was ended by the vendor.
   */
  state: z.enum(WEBHOOK_STATES),
  /** Compressed when it is large: the result of a cancelled order can name thousands of licenses. */
  result: z.exactOptional(z.union([z.instanceof(Uint8Array), storedResult])),
  problem: z.exactOptional(problem),
  /** Ids of the webhooks that keep the other bodies that came under this id. */
  otherBodies: z.exactOptional(z.array(z.string())),
  /** The id under which it came, if that belongs to another webhook. */
  sameIdAs: z.exactOptional(z.string()),
  closed: z.exactOptional(z.object({ at: z.string(), reason: z.string(), by: z.exactOptional(author) })),
  revision: z.int(),
});

export type StoredWebhook = Omit<z.infer<typeof webhookItem>, 'body' | 'source' | 'result'> & {
  readonly body: string;
  readonly source: WebhookSource;
  readonly result?: Readonly<Record<string, unknown>> | undefined;
};

/** A repeated webhook is recognized for this long (at least 30 days); failed and waiting webhooks are kept longer. */
const KEPT_SECONDS = 60 * 24 * 3600;
const OPEN_KEPT_SECONDS = 400 * 24 * 3600;

const OPEN_STATES: ReadonlySet<string> = new Set(['failed', 'waiting']);

/** Below DynamoDB's 400 KB for an item. */
const STORED_BYTES = 350_000;

/** Whether a body fits in an item: a megabyte of JSON does, because it compresses well; a megabyte of random text does not. */
export function fitsInItem(body: string): boolean {
  return compressText(body).length <= STORED_BYTES;
}

export async function getWebhook(dependencies: Dependencies, id: string): Promise<StoredWebhook | undefined> {
  const item = await getItem(dependencies, webhookKey(id));
  return item === undefined ? undefined : parse(item);
}

/** Until when a webhook in this state is kept, in seconds since 1970. */
export function keptUntil(dependencies: Dependencies, state: StoredWebhook['state']): number {
  const kept = OPEN_STATES.has(state) ? OPEN_KEPT_SECONDS : KEPT_SECONDS;
  return expiryAfter(dependencies, kept);
}

/**
 * Writes the webhook's next revision, and its evidence in the same transaction.
 * @returns `false` when it changed since it was read.
 */
export async function putWebhook(
  dependencies: Dependencies,
  { revision, result, ...webhook }: StoredWebhook,
  evidence: readonly Write[] = [],
): Promise<boolean> {
  const item = {
    ...webhook,
    body: compressText(webhook.body),
    ...defined({ result: result === undefined ? undefined : compressJson(result) }),
    expiresAtSeconds: keptUntil(dependencies, webhook.state),
    indexPk: webhooksIndex(webhook.state),
    indexSk: `${webhook.receivedAt}#${webhook.id}`,
  };
  const write = putRevision(dependencies, webhookKey(webhook.id), item, revision);
  return (await commit(dependencies, [write, ...evidence])) === 'committed';
}

/** A page of the webhooks in a state, of one source or of all. It may have fewer than `limit`, and be followed by other pages. */
export async function pageOfWebhooks(
  dependencies: Dependencies,
  state: string,
  source: WebhookSource | undefined,
  limit: number,
  cursor: string | undefined,
  direction: Direction = 'forward',
): Promise<Page<StoredWebhook>> {
  const page = await pageOfIndexed(dependencies, webhooksIndex(state), limit, cursor, parse, direction);
  // The index may lag behind an item that has just changed its state.
  return { ...page, items: page.items.filter((one) => one.state === state && (source ?? one.source) === one.source) };
}

function parse(item: RawItem): StoredWebhook {
  const { body, source = 'erp', result, ...rest } = webhookItem.parse(item);
  const parsed = result === undefined ? undefined : storedResult.parse(decompressJson(result));
  return { ...rest, source, body: decompressText(body), ...defined({ result: parsed }) };
}

export function webhookView(webhook: StoredWebhook): object {
  const { revision: _, seed: __, problem: fault, ...shown } = webhook;
  return defined({ ...shown, problem: fault });
}
