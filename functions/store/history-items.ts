import * as z from 'zod/mini';
import { type Actor, type Author, EVENT_TYPES, type HistoryEntry } from '../../domain/history.ts';
import type { Dependencies } from '../dependencies.ts';
import { newEventId } from './event-id.ts';
import { author } from './item-schemas.ts';
import { containerEventKey, historyIndex, orderEventKey } from './keys.ts';
import { getIndexed, inBatches, indexCursor, type Page, queryIndex, queryPage, type RawItem } from './queries.ts';
import { put, putNew, type Write } from './transactions.ts';
import { parseUpdate } from './update-item.ts';

const entry = z.object({
  type: z.enum(EVENT_TYPES),
  license: z.exactOptional(z.string()),
  container: z.exactOptional(z.string()),
  reprogramming: z.exactOptional(z.string()),
  counter: z.exactOptional(z.int()),
  predecessor: z.exactOptional(z.string()),
  successor: z.exactOptional(z.string()),
  step: z.exactOptional(z.string()),
  reason: z.exactOptional(z.string()),
  orderedAt: z.exactOptional(z.string()),
});

const eventItem = z.object({
  eventId: z.string(),
  at: z.string(),
  actor: z.enum(['vendor', 'user', 'container', 'system']),
  by: z.exactOptional(author),
  orderId: z.exactOptional(z.string()),
  entries: z.array(entry),
});

/** A history event as it is shown. */
export interface HistoryEvent extends HistoryEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: Actor;
  readonly by?: Author;
  readonly orderId?: string;
}

/** An entry of an order's history, on its way into the transaction of the deed. */
export interface OrderEntry extends HistoryEntry {
  readonly orderId: string;
}

/** Entries of one item: with the longest reason in each, they stay below DynamoDB's 400 KB. */
const MOST_ENTRIES = 250;

/**
 * The evidence of a transaction: one item per order that it concerns (I6), and more only where more licenses move than any
 * step of a reprogramming moves at once. With a container the item is in that container's history, too.
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
    inBatches(events, MOST_ENTRIES).map((response) => {
      const eventId = newEventId(dependencies);
      const item = {
        eventId,
        at: dependencies.now().toISOString(),
        ...doneBy(dependencies, actor),
        orderId,
        entries: response,
      };
      return put(dependencies, orderEventKey(orderId, eventId), { ...item, ...containerIndex(container, eventId) });
    }),
  );
}

/** The evidence of something that concerns a container and no order. */
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

/** The same, written once for each `once`: what is seen again is not told again. */
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
    ...doneBy(dependencies, actor),
    entries: [{ ...event, container }],
    ...containerIndex(container, eventId),
  };
}

/** The vendor is many: what its token or its staff ordered names them, too. */
function doneBy({ author: by }: Dependencies, actor: Actor): { readonly actor: Actor; readonly by?: Author } {
  return actor !== 'vendor' || by === undefined ? { actor } : { actor, by };
}

function containerIndex(container: string | undefined, eventId: string): object {
  return container === undefined ? {} : { indexPk: historyIndex(container), indexSk: `EVENT#${eventId}` };
}

/** Where a page of a history ends: the last item that it used up, and how many events of the next one. */
interface HistoryCursor {
  readonly after?: string;
  readonly skip: number;
}

/** A page of an order's history, oldest first, at most `limit` events. */
export async function pageOfOrderHistory(
  dependencies: Dependencies,
  orderId: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page<HistoryEvent>> {
  const { pk } = orderEventKey(orderId, '');
  const { after, skip } = parseCursor(cursor);
  const page = await queryPage(dependencies, { pk, from: 'EVENT#', to: 'EVENT$' }, limit, after);
  const groups = page.items.map((item) => ({ cursor: String(item.sk), events: eventsOf(item) }));
  return cut(groups, page.next !== undefined, limit, after, skip);
}

/** Items of an order's history that are read at once, and how often, when most of it tells of other licenses. */
const ITEMS = 100;
const MAX_READS = 20;

/**
 * A page of what an order's history tells of these licenses, oldest first. One that looks through much and finds little
 * may hold fewer than `limit`, and still be followed by others.
 */
export async function pageOfLicenseHistory(
  dependencies: Dependencies,
  orderId: string,
  licenses: ReadonlySet<string>,
  limit: number,
  cursor: string | undefined,
): Promise<Page<HistoryEvent>> {
  const { pk } = orderEventKey(orderId, '');
  const items: HistoryEvent[] = [];
  const isAsked = ({ license, predecessor, successor }: HistoryEvent): boolean =>
    [license, predecessor, successor].some((id) => id !== undefined && licenses.has(id));
  let { after, skip } = parseCursor(cursor);
  for (let reads = 0; ; ) {
    const page = await queryPage(dependencies, { pk, from: 'EVENT#', to: 'EVENT$' }, ITEMS, after);
    for (const item of page.items) {
      for (const [index, event] of eventsOf(item).entries()) {
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

/** A page of a container's history, oldest first, at most `limit` events. */
export async function pageOfContainerHistory(
  dependencies: Dependencies,
  serial: string,
  limit: number,
  cursor: string | undefined,
): Promise<Page<HistoryEvent>> {
  const { after, skip } = parseCursor(cursor);
  const page = await queryIndex(dependencies, historyIndex(serial), limit, after);
  const items = await getIndexed(dependencies, page.items);
  const groups = items.map((item) => ({
    cursor: indexCursor({ pk: String(item.pk), sk: String(item.sk), indexSk: String(item.indexSk) }),
    events: historyOf(serial, item),
  }));
  return cut(groups, page.next !== undefined, limit, after, skip);
}

function parseCursor(cursor: string | undefined): HistoryCursor {
  if (cursor === undefined) return { skip: 0 };
  const { after, skip } = historyCursor.parse(JSON.parse(cursor));
  return after === undefined ? { skip } : { after, skip };
}

const historyCursor = z.strictObject({ after: z.exactOptional(z.string()), skip: z.int().check(z.nonnegative()) });

/** One item holds the events of one transaction: a page may end in the middle of it. */
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

/** The events that an item of a container's history tells. */
export function historyOf(serial: string, item: RawItem): HistoryEvent[] {
  if ('jws' in item) {
    const { eventId, issuedAt, reprogramming, counter } = parseUpdate(item);
    return [
      { id: eventId, type: 'update.issued', at: issuedAt, actor: 'system', container: serial, reprogramming, counter },
    ];
  }
  return eventsOf(item);
}

/** The events that an item of an order's history tells, with the ids that the history shows. */
export function eventsOf(item: RawItem): HistoryEvent[] {
  const { eventId, at, actor, by, orderId, entries } = eventItem.parse(item);
  return entries.map((event, index) => ({
    id: entries.length === 1 ? eventId : `${eventId}-${String(index).padStart(4, '0')}`,
    ...(event as HistoryEntry),
    at,
    actor,
    ...(by === undefined ? {} : { by }),
    ...(orderId === undefined ? {} : { orderId }),
  }));
}
