import * as z from 'zod/mini';
import { WEBHOOK_SOURCES, type WebhookSource } from '../../contract/webhook-sources.ts';
import { defined } from '../../domain/defined.ts';
import { type Actor, type Author, EVENT_TYPES, type HistoryEntry } from '../../domain/history.ts';
import type { Dependencies } from '../dependencies.ts';
import { newEventId } from './event-id.ts';
import { author, renewal } from './item-schemas.ts';
import {
  afterPrefix,
  containerEventKey,
  historyIndex,
  historyIndexMembers,
  orderEventKey,
  serialOfHistory,
  webhookEventKey,
} from './keys.ts';
import { customer, orderItem } from './order-item.ts';
import {
  type Direction,
  getIndexed,
  type IndexRange,
  inBatches,
  indexCursor,
  type Page,
  queryIndex,
  queryPage,
  type RawItem,
} from './queries.ts';
import { put, putNew, type Write } from './transactions.ts';
import { parseUpdate } from './update-item.ts';

const orderContent = z.object({ customer, items: z.array(orderItem) });

const entry = z.object({
  type: z.enum(EVENT_TYPES),
  license: z.exactOptional(z.string()),
  container: z.exactOptional(z.string()),
  name: z.exactOptional(z.string()),
  note: z.exactOptional(z.string()),
  reprogramming: z.exactOptional(z.string()),
  counter: z.exactOptional(z.int()),
  predecessor: z.exactOptional(z.string()),
  successor: z.exactOptional(z.string()),
  renewed: z.exactOptional(renewal),
  expiresAt: z.exactOptional(z.string()),
  days: z.exactOptional(z.int()),
  step: z.exactOptional(z.string()),
  reason: z.exactOptional(z.string()),
  orderedAt: z.exactOptional(z.string()),
  webhook: z.exactOptional(z.string()),
  source: z.exactOptional(z.enum(WEBHOOK_SOURCES)),
  test: z.exactOptional(z.literal(true)),
  divergence: z.exactOptional(z.enum(['behind', 'ahead', 'digest', 'cloned', 'retired'])),
  effectiveBy: z.exactOptional(z.string()),
  revision: z.exactOptional(z.int()),
  before: z.exactOptional(orderContent),
  after: z.exactOptional(orderContent),
});

const eventItem = z.object({
  eventId: z.string(),
  at: z.string(),
  actor: z.enum(['vendor', 'user', 'container', 'system']),
  by: z.exactOptional(author),
  orderId: z.exactOptional(z.string()),
  entries: z.array(entry),
});

/** The names of the members of a history item. */
export const EVENT_MEMBERS: readonly string[] = Object.keys(eventItem.shape);

/** A history event as the API shows it. */
export interface HistoryEvent extends HistoryEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: Actor['kind'];
  readonly by?: Author;
  readonly orderId?: string;
}

/** An entry of an order's history, to be written in the transaction of the change. */
export interface OrderEntry extends HistoryEntry {
  readonly orderId: string;
}

/** Entries of one item: with the longest reason in each, the item has less than DynamoDB's 400 KB. */
const MAX_ENTRIES = 250;

/**
 * The evidence of a transaction: one item per order (I6), or several for more than 250 entries. With `container`, the items are
 * also in the container's history.
 */
export function orderHistory(
  dependencies: Dependencies,
  actor: Actor,
  container: string | undefined,
  entries: readonly OrderEntry[],
): Write[] {
  const byOrder = new Map<string, HistoryEntry[]>();
  for (const { orderId, ...event } of entries) {
    const known = byOrder.get(orderId);
    if (known === undefined) byOrder.set(orderId, [event]);
    else known.push(event);
  }
  return [...byOrder].flatMap(([orderId, events]) =>
    inBatches(events, MAX_ENTRIES).map((batch) => {
      const eventId = newEventId(dependencies);
      const item = {
        eventId,
        at: dependencies.now().toISOString(),
        ...membersOfActor(actor),
        orderId,
        entries: batch,
      };
      return put(dependencies, orderEventKey(orderId, eventId), { ...item, ...containerIndex(container, eventId) });
    }),
  );
}

/** The evidence of an event of a container that concerns no order. */
export function containerHistory(
  dependencies: Dependencies,
  actor: Actor,
  container: string,
  event: HistoryEntry,
): Write {
  const eventId = newEventId(dependencies);
  return put(
    dependencies,
    containerEventKey(container, eventId),
    containerEvent(dependencies, actor, container, eventId, event),
  );
}

/** As {@link containerHistory}, but the write is refused if there is an event with the same `once`. */
export function containerHistoryOnce(
  dependencies: Dependencies,
  actor: Actor,
  container: string,
  once: string,
  event: HistoryEntry,
): Write {
  const item = containerEvent(dependencies, actor, container, newEventId(dependencies), event);
  return putNew(dependencies, containerEventKey(container, once), item);
}

/** What an event of a webhook says. */
export interface WebhookEntry {
  readonly type: 'webhook.failed' | 'webhook.waiting-long';
  readonly webhook: string;
  readonly source: WebhookSource;
  readonly orderId?: string;
  readonly reason: string;
}

/** The evidence of an event of a webhook that concerns no license. It is kept as long as the webhook. */
export function webhookHistory(
  dependencies: Dependencies,
  { orderId, ...event }: WebhookEntry,
  expiresAtSeconds: number,
): Write {
  const eventId = newEventId(dependencies);
  const at = dependencies.now().toISOString();
  const item = { eventId, at, actor: 'system', ...defined({ orderId }), entries: [event], expiresAtSeconds };
  return put(dependencies, webhookEventKey(event.webhook, eventId), item);
}

function containerEvent(
  dependencies: Dependencies,
  actor: Actor,
  container: string,
  eventId: string,
  event: HistoryEntry,
): object {
  const at = dependencies.now().toISOString();
  return {
    eventId,
    at,
    ...membersOfActor(actor),
    entries: [{ ...event, container }],
    ...containerIndex(container, eventId),
  };
}

/** The members of an event that name the actor, and for the vendor also its author if it is known. */
export function membersOfActor(actor: Actor): Pick<HistoryEvent, 'actor' | 'by'> {
  if (actor.kind !== 'vendor' || actor.author === undefined) return { actor: actor.kind };
  return { actor: actor.kind, by: actor.author };
}

function containerIndex(container: string | undefined, eventId: string): object {
  return container === undefined ? {} : historyIndexMembers(container, eventId);
}

/** Where a page of a history ends: after this item, and after so many events of the next item. */
interface HistoryCursor {
  readonly after?: string;
  readonly skip: number;
}

/** A page of an order's history, at most `limit` events. */
export async function pageOfOrderHistory(
  dependencies: Dependencies,
  orderId: string,
  limit: number,
  cursor: string | undefined,
  direction: Direction,
): Promise<Page<HistoryEvent>> {
  const { pk } = orderEventKey(orderId, '');
  const { after, skip } = parseCursor(cursor);
  const page = await queryPage(dependencies, { pk, from: 'EVENT#', to: 'EVENT$' }, limit, after, direction);
  const groups = page.items.map((item) => ({ cursor: String(item.sk), events: turned(eventsOf(item), direction) }));
  return cut(groups, page.next !== undefined, limit, after, skip);
}

/** Items of an order's history that one read returns, and reads per page, when most events concern other licenses. */
const ITEMS = 100;
const MAX_READS = 20;

/**
 * A page of the events of these licenses in an order's history. It may have fewer than `limit` events, and still be followed
 * by other pages.
 */
export async function pageOfLicenseHistory(
  dependencies: Dependencies,
  orderId: string,
  licenses: ReadonlySet<string>,
  limit: number,
  cursor: string | undefined,
  direction: Direction,
): Promise<Page<HistoryEvent>> {
  const { pk } = orderEventKey(orderId, '');
  const items: HistoryEvent[] = [];
  const isAsked = ({ license, predecessor, successor }: HistoryEvent): boolean =>
    [license, predecessor, successor].some((id) => id !== undefined && licenses.has(id));
  let { after, skip } = parseCursor(cursor);
  for (let reads = 0; ; ) {
    const page = await queryPage(dependencies, { pk, from: 'EVENT#', to: 'EVENT$' }, ITEMS, after, direction);
    for (const item of page.items) {
      for (const [index, event] of turned(eventsOf(item), direction).entries()) {
        if (index < skip || !isAsked(event)) continue;
        if (items.length === limit) return { items, next: JSON.stringify({ after, skip: index }) };
        items.push(event);
      }
      after = String(item.sk);
      skip = 0;
    }
    if (page.next === undefined) return { items };
    reads += 1;
    if (reads === MAX_READS) return { items, next: JSON.stringify({ after, skip }) };
  }
}

/** A page of a container's history, at most `limit` events. */
export async function pageOfContainerHistory(
  dependencies: Dependencies,
  serial: string,
  limit: number,
  cursor: string | undefined,
  direction: Direction,
): Promise<Page<HistoryEvent>> {
  const { after, skip } = parseCursor(cursor);
  const page = await queryIndex(dependencies, historyIndex(serial), limit, after, direction, eventsOfSerial(serial));
  const items = await getIndexed(dependencies, page.items);
  const groups = items.map((item) => ({
    cursor: indexCursor({ pk: String(item.pk), sk: String(item.sk), indexSk: String(item.indexSk) }),
    events: turned(historyOf(serial, item), direction),
  }));
  return cut(groups, page.next !== undefined, limit, after, skip);
}

/** The events of one item in the order of the list. */
function turned(events: readonly HistoryEvent[], direction: Direction): readonly HistoryEvent[] {
  return direction === 'forward' ? events : events.toReversed();
}

function eventsOfSerial(serial: string): IndexRange {
  return { from: `${serial}#`, to: afterPrefix(serial) };
}

/** Whether the container has a history. One without a head can have events: its first context can have shown a divergence. */
export async function hasHistory(dependencies: Dependencies, serial: string): Promise<boolean> {
  const { items } = await queryIndex(
    dependencies,
    historyIndex(serial),
    1,
    undefined,
    'forward',
    eventsOfSerial(serial),
  );
  return items.length > 0;
}

/** Sorts after every character of a serial. */
const LAST = '~';

/**
 * A page of the serials that begin with `prefix`, in their order. Each takes one query of the index, which skips the other
 * events of the container before. A serial can be that of a container without a head (see {@link hasHistory}).
 * @param prefix at least two characters
 * @param after the last serial of the page before
 */
export async function pageOfSerials(
  dependencies: Dependencies,
  prefix: string,
  limit: number,
  after: string | undefined,
): Promise<Page<string>> {
  const serials: string[] = [];
  let from = after === undefined ? prefix : afterPrefix(after);
  const to = `${prefix}${LAST}`;
  if (after?.startsWith(prefix) === false) throw new TypeError('The cursor is not in this list');
  while (serials.length < limit) {
    const { items } = await queryIndex(dependencies, historyIndex(prefix), 1, undefined, 'forward', { from, to });
    const [entry] = items;
    if (entry === undefined) return { items: serials };
    const serial = serialOfHistory(entry.indexSk);
    serials.push(serial);
    from = afterPrefix(serial);
  }
  const last = serials.at(-1);
  return last === undefined ? { items: serials } : { items: serials, next: last };
}

function parseCursor(cursor: string | undefined): HistoryCursor {
  if (cursor === undefined) return { skip: 0 };
  const { after, skip } = historyCursor.parse(JSON.parse(cursor));
  return after === undefined ? { skip } : { after, skip };
}

const historyCursor = z.strictObject({ after: z.exactOptional(z.string()), skip: z.int().check(z.nonnegative()) });

/** Cuts a page at `limit` events. One item has all events of a transaction, so a page can end within an item. */
function cut(
  groups: readonly { readonly cursor: string; readonly events: readonly HistoryEvent[] }[],
  more: boolean,
  limit: number,
  start: string | undefined,
  skip: number,
): Page<HistoryEvent> {
  const items: HistoryEvent[] = [];
  let after = start;
  let skipped = skip;
  for (const group of groups) {
    const fresh = group.events.slice(skipped);
    const room = limit - items.length;
    items.push(...fresh.slice(0, room));
    if (fresh.length > room) return { items, next: JSON.stringify({ after, skip: skipped + room }) };
    after = group.cursor;
    skipped = 0;
  }
  return more ? { items, next: JSON.stringify({ after, skip: 0 }) } : { items };
}

/** The events of one item of a container's history. */
export function historyOf(serial: string, item: RawItem): HistoryEvent[] {
  if ('jws' in item) {
    const { eventId, issuedAt, reprogramming, counter } = parseUpdate(item);
    return [
      { id: eventId, type: 'update.issued', at: issuedAt, actor: 'system', container: serial, reprogramming, counter },
    ];
  }
  return eventsOf(item);
}

/** The events of one item of an order's history, with the ids that the API shows. */
export function eventsOf(item: RawItem): HistoryEvent[] {
  const { eventId, at, actor, by, orderId, entries } = eventItem.parse(item);
  return entries.map((event, index) => ({
    id: entries.length === 1 ? eventId : `${eventId}-${String(index).padStart(4, '0')}`,
    ...event,
    at,
    actor,
    ...defined({ by, orderId }),
  }));
}
