import * as z from 'zod/mini';
import { spanMilliseconds } from '../../../domain/span.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type Head, parseHead } from '../../store/container-head-item.ts';
import { pageOfSerials } from '../../store/history-items.ts';
import { afterPrefix, contactKey, containerKey, PENDING_INDEX } from '../../store/keys.ts';
import { getItems, type Page, queryIndex, queryPage } from '../../store/queries.ts';
import { hourOf } from './last-contact.ts';

export interface ContainerQuery {
  /** A serial, or its beginning. */
  readonly serial?: string | undefined;
  readonly status?: 'active' | 'retired' | undefined;
  /** With pending vendor actions that are not planned, or without. */
  readonly pending?: boolean | undefined;
  /** With updates that wait for a receipt, or without. */
  readonly outstanding?: boolean | undefined;
  /** RFC 3339, UTC. Includes containers without a contact. */
  readonly lastContactBefore?: string | undefined;
  readonly lastContactAfter?: string | undefined;
  /**
   * A span such as `90d` since the last contact; for a container that was never in contact, since the table first had it.
   */
  readonly silentFor?: string | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
}

/** Containers that are read and sorted together. */
interface Partition {
  readonly serials: readonly string[];
  /** Whether the container is listed in this partition by its last contact: older contacts left entries in others. */
  isListed(head: Head): boolean;
  /** Where the next partition starts; absent after the last one. */
  readonly next?: string;
}

/** Where the next page starts: in the partition that starts here, after this contact of this container. */
const pageCursor = z.strictObject({
  start: z.exactOptional(z.string()),
  seen: z.exactOptional(z.object({ at: z.string(), serial: z.string() })),
});
type Cursor = NonNullable<z.infer<typeof pageCursor>['seen']>;

const PARTITION_CONTAINERS = 500;
/** Up to so many containers with pending actions are sorted together. */
const PENDING_PARTITION_CONTAINERS = 1_000;
/** Up to so many containers whose serials begin alike are sorted together: each takes a query. */
const SERIAL_PARTITION_CONTAINERS = 50;
/** Partitions that one page reads; a filter with few matches takes several pages. */
const MAX_PARTITIONS = 4;

/** A page of the containers that meet every condition of the query, by their last contact. */
export async function pageOfContainers(
  dependencies: Dependencies,
  asked: ContainerQuery,
  limit: number,
  cursor: string | undefined,
): Promise<Page<Head>> {
  const query = { ...asked, silentSince: silentSince(dependencies, asked) };
  let { start, seen } = cursor === undefined ? {} : pageCursor.parse(JSON.parse(cursor));
  const items: Head[] = [];
  for (let partitions = 1; ; partitions++) {
    const partition = await readPartition(dependencies, query, start);
    const heads = (await getItems(dependencies, partition.serials.map(containerKey))).map(parseHead);
    const found = heads
      .filter((head) => partition.isListed(head) && meets(head, query))
      .sort((one, other) => compare(query, cursorOf(one), cursorOf(other)));
    const passed = seen;
    const fresh = passed === undefined ? found : found.filter((head) => compare(query, cursorOf(head), passed) > 0);
    const taken = fresh.slice(0, limit - items.length);
    items.push(...taken);
    const last = taken.at(-1);
    if (taken.length < fresh.length) {
      return { items, next: JSON.stringify({ start, seen: last === undefined ? seen : cursorOf(last) }) };
    }
    if (partition.next === undefined) return { items };
    start = partition.next;
    seen = undefined;
    if (items.length === limit || partitions === MAX_PARTITIONS) return { items, next: JSON.stringify({ start }) };
  }
}

/** A query with the time since which its containers are silent, in milliseconds since 1970. */
type TimedQuery = ContainerQuery & { readonly silentSince: number | undefined };

function silentSince(dependencies: Dependencies, { silentFor }: ContainerQuery): number | undefined {
  const span = silentFor === undefined ? undefined : spanMilliseconds(silentFor);
  return span === undefined ? undefined : dependencies.now().getTime() - span;
}

function cursorOf({ serial, lastContactAt = '' }: Head): Cursor {
  return { at: lastContactAt, serial };
}

/** Below 0 when `one` is listed first. The times sort as text; without a time, a container sorts as the oldest. */
function compare({ order }: ContainerQuery, one: Cursor, other: Cursor): number {
  const [first, second] = [`${one.at} ${one.serial}`, `${other.at} ${other.serial}`];
  const forward = first < second ? -1 : first > second ? 1 : 0;
  return order === 'oldest' ? forward : -forward;
}

function readPartition(dependencies: Dependencies, query: TimedQuery, start: string | undefined): Promise<Partition> {
  if (query.serial !== undefined) return readSerials(dependencies, query.serial, start);
  return query.pending === true ? readPending(dependencies, start) : readContacts(dependencies, query, start);
}

async function readPending(dependencies: Dependencies, start: string | undefined): Promise<Partition> {
  const page = await queryIndex(dependencies, PENDING_INDEX, PENDING_PARTITION_CONTAINERS, start);
  const partition = { serials: page.items.map(({ indexSk }) => indexSk), isListed: () => true };
  return page.next === undefined ? partition : { ...partition, next: page.next };
}

async function readSerials(dependencies: Dependencies, prefix: string, start: string | undefined): Promise<Partition> {
  const page = await pageOfSerials(dependencies, prefix, SERIAL_PARTITION_CONTAINERS, start);
  const partition = { serials: page.items, isListed: () => true };
  return page.next === undefined ? partition : { ...partition, next: page.next };
}

const contact = z.object({ sk: z.string(), serial: z.string(), hour: z.string() });

async function readContacts(
  dependencies: Dependencies,
  query: TimedQuery,
  start: string | undefined,
): Promise<Partition> {
  const { pk } = contactKey('', '');
  const hour = (time: number) => contactHourKey(hourOf(new Date(time).toISOString()));
  const { lastContactAfter, lastContactBefore, silentSince: since = Number.POSITIVE_INFINITY } = query;
  const latest = Math.min(since, lastContactBefore === undefined ? since : Date.parse(lastContactBefore));
  const range = {
    pk,
    from: lastContactAfter === undefined ? 'CONTACT#' : hour(Date.parse(lastContactAfter)),
    to: afterPrefix(Number.isFinite(latest) ? hour(latest) : 'CONTACT'),
  };
  if (range.from > range.to) return { serials: [], isListed: () => false };
  if (start !== undefined && (start < range.from || start > range.to))
    throw new TypeError('The cursor is not in this list');
  const page = await queryPage(
    dependencies,
    range,
    PARTITION_CONTAINERS,
    start,
    query.order === 'oldest' ? 'forward' : 'backward',
  );
  const entries = page.items.map((item) => contact.parse(item));
  const whole = page.next === undefined ? entries : wholeHours(entries);
  const listed = new Set(whole.map((entry) => `${entry.hour} ${entry.serial}`));
  const partition = {
    serials: [...new Set(whole.map(({ serial }) => serial))],
    isListed: ({ serial, lastContactAt }: Head) => listed.has(`${hourOf(lastContactAt)} ${serial}`),
  };
  const last = whole.at(-1)?.sk;
  return page.next === undefined || last === undefined ? partition : { ...partition, next: last };
}

const contactHourKey = (hour: string): string => `CONTACT#${hour}`;

/** Leaves an hour that the page cuts to the next partition, so that it is sorted as a whole; an hour that fills the page is cut. */
function wholeHours(entries: readonly z.infer<typeof contact>[]): readonly z.infer<typeof contact>[] {
  const cut = entries.at(-1)?.hour;
  const whole = entries.filter(({ hour }) => hour !== cut);
  return whole.length > 0 ? whole : entries;
}

function meets(
  { status, pendingCount, issued, confirmed, firstSeenAt, lastContactAt }: Head,
  query: TimedQuery,
): boolean {
  const at = lastContactAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(lastContactAt);
  return (
    (query.status === undefined || (status === 'active') === (query.status === 'active')) &&
    (query.pending === undefined || pendingCount > 0 === query.pending) &&
    (query.outstanding === undefined || issued.counter > confirmed.counter === query.outstanding) &&
    (query.lastContactBefore === undefined || at < Date.parse(query.lastContactBefore)) &&
    (query.lastContactAfter === undefined || at > Date.parse(query.lastContactAfter)) &&
    (query.silentSince === undefined || Date.parse(lastContactAt ?? firstSeenAt) < query.silentSince)
  );
}
