import * as z from 'zod/mini';
import { WEBHOOK_SOURCES, type WebhookSource } from '../../contract/webhook-sources.ts';
import type { Dependencies } from '../dependencies.ts';
import { compressJson, compressText, decompressJson, decompressText } from './compression.ts';
import { webhookKey, webhooksIndex } from './keys.ts';
import { getIndexed, getItem, type Page, queryIndex, type RawItem } from './queries.ts';
import { commit, putRevision } from './transactions.ts';

const problem = z.looseObject({ code: z.string(), detail: z.string() });

const storedResult = z.looseObject({});

const webhookItem = z.object({
  id: z.string(),
  /** Absent on those that were kept while there was only the ERP. */
  source: z.exactOptional(z.enum(WEBHOOK_SOURCES)),
  /** What it tells of, where the sender says so outside the body. */
  topic: z.exactOptional(z.string()),
  /** The shop's domain, where the sender says so: for whoever looks at it, nothing rests on it. */
  shop: z.exactOptional(z.string()),
  /** The body as it came, so that it can be replayed: as it is, or compressed when it is large. */
  body: z.union([z.string(), z.instanceof(Uint8Array)]),
  receivedAt: z.string(),
  /** Random; what comes of it draws its ids from here, so that a stopped webhook goes on with the same ones. */
  seed: z.string(),
  /**
   * `failed` can be replayed once what made it fail is mended; `waiting` waits for the order that it cancels or refunds;
   * `ignored` concerns no licenses.
   */
  state: z.enum(['received', 'done', 'failed', 'waiting', 'ignored']),
  /** As it is, or compressed when it is large: a cancelled order may tell of thousands of licenses. */
  result: z.exactOptional(z.union([z.instanceof(Uint8Array), storedResult])),
  problem: z.exactOptional(problem),
  revision: z.int(),
});

type Item = z.infer<typeof webhookItem>;
export type StoredWebhook = Omit<Item, 'body' | 'source' | 'result'> & {
  readonly body: string;
  readonly source: WebhookSource;
  readonly result?: Readonly<Record<string, unknown>> | undefined;
};

/** A webhook is known by its id for this long, 30 days being the least; one that is not done with is kept longer. */
const KEPT_SECONDS = 60 * 24 * 3600;
const OPEN_KEPT_SECONDS = 400 * 24 * 3600;

/** Somebody may mend the cause, or the order may come. */
const OPEN_STATES: ReadonlySet<string> = new Set(['failed', 'waiting']);

/** An item may have 400 KB. */
const STORED_BYTES = 350_000;

/** Whether a body can be kept at all: a megabyte of JSON can, a megabyte of noise cannot. */
export function isKeepable(body: string): boolean {
  return compressText(body).length <= STORED_BYTES;
}

export async function getWebhook(dependencies: Dependencies, id: string): Promise<StoredWebhook | undefined> {
  const item = await getItem(dependencies, webhookKey(id));
  return item === undefined ? undefined : parse(item);
}

/** Writes the webhook's next revision; `false` when another delivery of it was faster. */
export async function putWebhook(
  dependencies: Dependencies,
  { revision, result, ...webhook }: StoredWebhook,
): Promise<boolean> {
  const kept = OPEN_STATES.has(webhook.state) ? OPEN_KEPT_SECONDS : KEPT_SECONDS;
  const item = {
    ...webhook,
    body: compressText(webhook.body),
    ...(result === undefined ? {} : { result: compressJson(result) }),
    expiresAtSeconds: Math.floor(dependencies.now().getTime() / 1000) + kept,
    indexPk: webhooksIndex(webhook.state),
    indexSk: `${webhook.receivedAt}#${webhook.id}`,
  };
  return (
    (await commit(dependencies, [putRevision(dependencies, webhookKey(webhook.id), item, revision)])) === 'committed'
  );
}

/** A page of the webhooks in a state, of one source or of all. It may hold fewer than `limit`, and be followed by others. */
export async function pageOfWebhooks(
  dependencies: Dependencies,
  state: string,
  source: WebhookSource | undefined,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredWebhook>> {
  const page = await queryIndex(dependencies, webhooksIndex(state), limit, cursor);
  const items = (await getIndexed(dependencies, page.items)).map(parse);
  // The index may lag behind an item that has just changed its state.
  return { ...page, items: items.filter((one) => one.state === state && (source ?? one.source) === one.source) };
}

function parse(item: RawItem): StoredWebhook {
  const { body, source = 'erp', result, ...rest } = webhookItem.parse(item);
  const kept = result === undefined ? {} : { result: storedResult.parse(decompressJson(result)) };
  return { ...rest, source, body: decompressText(body), ...kept } as StoredWebhook;
}

export function webhookView(webhook: StoredWebhook): object {
  const { id, source, topic, shop, body, receivedAt, state, result, problem: fault } = webhook;
  return {
    id,
    source,
    ...(topic === undefined ? {} : { topic }),
    ...(shop === undefined ? {} : { shop }),
    state,
    receivedAt,
    body,
    ...(result === undefined ? {} : { result }),
    ...(fault === undefined ? {} : { problem: fault }),
  };
}
