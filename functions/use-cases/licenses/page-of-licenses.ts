import * as z from 'zod/mini';
import { isOnTicket, type LicenseState } from '../../../domain/license.ts';
import { type LicenseView, vendorLicense } from '../../api/views/license-view.ts';
import type { Dependencies } from '../../dependencies.ts';
import { PENDING_INDEX } from '../../store/keys.ts';
import { getLicenses, licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { customerNames, getOrder, getOrders } from '../../store/order-item.ts';
import { type Page, queryIndex } from '../../store/queries.ts';
import { confirmedCounters } from '../containers/confirmed-counters.ts';
import { loadContainer } from '../containers/container.ts';
import { pendingLicenses } from '../containers/pending-licenses.ts';
import { pageOfOrders } from '../orders/page-of-orders.ts';

export interface LicenseQuery {
  readonly customer?: string | undefined;
  readonly orderId?: string | undefined;
  readonly product?: string | undefined;
  readonly ticket?: string | undefined;
  readonly container?: string | undefined;
  readonly state?: LicenseState | undefined;
  /** The vendor action that waits for the license's container. */
  readonly pending?: 'withdraw' | 'replace' | 'assign' | undefined;
  /** RFC 3339, UTC; a license that never expires is not among them. */
  readonly expiresBefore?: string | undefined;
}

/** Licenses that are read together: those of a ticket, or of a container. Sorted by id. */
interface Partition {
  /** Sorts as the groups of a source do. */
  readonly key: string;
  read(): Promise<readonly StoredLicense[]>;
}

interface PartitionSource {
  readonly groups: readonly Partition[];
  /** Where the next groups start; `undefined` after the last ones. */
  readonly next?: string;
}

/**
 * Where a page goes on: in this group, after this license. By key and not by count, so that what has left the list
 * between two pages (a license withdrawn, a container with nothing pending any more) hides nothing that is behind it.
 */
const position = z.strictObject({
  start: z.optional(z.string()),
  group: z.optional(z.string()),
  license: z.optional(z.string()),
});

/** Orders, or containers, that are read at once. */
const PARTITIONS = 20;
/** Those that one page looks through; a filter that finds little is answered by several pages. */
const MAX_PARTITIONS = 200;

/** A page of the licenses that stand on tickets and meet every condition of the query. */
export async function pageOfLicenses(
  dependencies: Dependencies,
  query: LicenseQuery,
  limit: number,
  cursor: string | undefined,
): Promise<Page<LicenseView>> {
  let at: z.infer<typeof position> = cursor === undefined ? {} : position.parse(JSON.parse(cursor));
  const items: LicenseView[] = [];
  for (let looked = 0; ; ) {
    const { start } = at;
    const source = await sourceOf(dependencies, query, start);
    for (const group of source.groups) {
      if (at.group !== undefined && isBefore(group.key, at.group)) continue;
      const seen = group.key === at.group ? (at.license ?? '') : '';
      const fresh = (await matching(dependencies, query, await group.read())).filter(({ id }) => id > seen);
      const taken = fresh.slice(0, limit - items.length);
      items.push(...taken);
      if (taken.length < fresh.length) {
        return { items, next: JSON.stringify({ start, group: group.key, license: taken.at(-1)?.id ?? seen }) };
      }
      looked += 1;
    }
    if (source.next === undefined) return { items };
    at = { start: source.next };
    if (items.length === limit || looked >= MAX_PARTITIONS) return { items, next: JSON.stringify(at) };
  }
}

/** The order of the table's sort keys: by their bytes. */
function isBefore(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
}

/** The narrowest way to what is asked for. */
async function sourceOf(
  dependencies: Dependencies,
  query: LicenseQuery,
  start: string | undefined,
): Promise<PartitionSource> {
  const { ticket, orderId, container, customer, product } = query;
  if (ticket !== undefined) return only(() => licensesOfTicket(dependencies, ticket));
  if (orderId !== undefined) {
    const order = await getOrder(dependencies, orderId);
    return order?.state === 'delivered' ? only(() => licensesOfTicket(dependencies, order.ticket)) : { groups: [] };
  }
  if (container !== undefined) return only(() => licensesOfContainer(dependencies, container));
  if (query.pending !== undefined && customer === undefined) return containersWithPending(dependencies, start);
  // By customer when both are given: what a license's product is today, the license itself says.
  const page = await pageOfOrders(dependencies, customer === undefined ? { product } : { customer }, PARTITIONS, start);
  const isByTime = customer === undefined && product === undefined;
  const groups = page.items.map((order) => ({
    key: isByTime ? `${order.createdAt}#${order.orderId}` : order.orderId,
    read: () => licensesOfTicket(dependencies, order.ticket),
  }));
  return page.next === undefined ? { groups } : { groups, next: page.next };
}

function only(read: Partition['read']): PartitionSource {
  return { groups: [{ key: '', read }] };
}

async function containersWithPending(dependencies: Dependencies, start: string | undefined): Promise<PartitionSource> {
  const page = await queryIndex(dependencies, PENDING_INDEX, PARTITIONS, start);
  const groups = page.items.map(({ indexSk: serial }) => ({
    key: serial,
    read: async () =>
      [...(await pendingLicenses(dependencies, await loadContainer(dependencies, serial))).values()].sort(byId),
  }));
  return page.next === undefined ? { groups } : { groups, next: page.next };
}

/** What the container holds, what is on its way out of it, and what is assigned to it. */
async function licensesOfContainer(dependencies: Dependencies, serial: string): Promise<StoredLicense[]> {
  const container = await loadContainer(dependencies, serial);
  const held = [...container.entries.values()].flatMap((entry) =>
    entry.held === undefined ? [] : [entry.held.license],
  );
  const leaving = container.outstanding.flatMap(({ changes }) => changes.map((change) => change.license));
  const licenses = new Map([
    ...(await getLicenses(dependencies, [...held, ...leaving])),
    ...(await pendingLicenses(dependencies, container)),
  ]);
  return [...licenses.values()].sort(byId);
}

function byId(one: StoredLicense, other: StoredLicense): number {
  return one.id < other.id ? -1 : 1;
}

async function matching(
  dependencies: Dependencies,
  query: LicenseQuery,
  licenses: readonly StoredLicense[],
): Promise<readonly LicenseView[]> {
  const onTicket = licenses.filter((license) => isOnTicket(license.standing));
  const confirmed = await confirmedCounters(dependencies, onTicket);
  const views = onTicket.map((license) => vendorLicense(license, confirmed)).filter((view) => meets(view, query));
  const { customer } = query;
  if (customer === undefined) return views;
  const orderIds = views.map(({ orderId = '' }) => orderId);
  const orders = await getOrders(dependencies, orderIds);
  return views.filter(({ orderId = '' }) => customerNames(orders.get(orderId)?.customer).includes(customer));
}

function meets(view: LicenseView, query: LicenseQuery): boolean {
  return (
    (query.product === undefined || view.product === query.product) &&
    (query.ticket === undefined || view.ticket === query.ticket) &&
    (query.orderId === undefined || view.orderId === query.orderId) &&
    (query.container === undefined || cursorOf(view, query) === query.container) &&
    (query.state === undefined || view.state === query.state) &&
    (query.pending === undefined || view.pending?.action === query.pending) &&
    (query.expiresBefore === undefined || expiresBefore(view.terms.expiresAt, query.expiresBefore))
  );
}

/** An assigned license is in no container yet; it is looked for by both only. */
function cursorOf({ container, pending }: LicenseView, query: LicenseQuery): string | undefined {
  return container ?? (query.pending === 'assign' ? pending?.container : undefined);
}

function expiresBefore(expiresAt: string | undefined, time: string): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) < Date.parse(time);
}
