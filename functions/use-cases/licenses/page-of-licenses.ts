import * as z from 'zod/mini';
import { normalizeName } from '../../../domain/customer-name.ts';
import { holderOf, isFinal, isOnTicket, type LicenseState, licensePending, wasSold } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Head } from '../../store/container-head-item.ts';
import { PENDING_INDEX } from '../../store/keys.ts';
import { licensesOfTicket, type StoredLicense } from '../../store/license-item.ts';
import { customerNames, getOrder, getOrders } from '../../store/order-item.ts';
import { compareKeys, type Direction, type Page, queryIndex } from '../../store/queries.ts';
import { loadContainer } from '../containers/container.ts';
import { heldLicenses, pendingLicenses } from '../containers/container-licenses.ts';
import { pageOfOrders } from '../orders/page-of-orders.ts';
import { loadContainersOf } from './license-states.ts';

export interface LicenseQuery {
  /** Whole names in any case: the order's customer has one of them. */
  readonly customers?: readonly string[] | undefined;
  readonly orderId?: string | undefined;
  readonly product?: string | undefined;
  readonly ticket?: string | undefined;
  readonly container?: string | undefined;
  /** Only a query for a final state finds final licenses (W1). */
  readonly state?: LicenseState | undefined;
  /** The vendor action that waits for the license's container. */
  readonly pending?: 'withdraw' | 'replace' | 'assign' | 'renew' | undefined;
  /** RFC 3339, UTC. A license that never expires does not match. */
  readonly expiresBefore?: string | undefined;
}

/** A license that matches a query, with its state. */
export interface FoundLicense {
  readonly license: StoredLicense;
  readonly state: LicenseState;
  /** The head of the container that it is in, or that its pending action waits for. */
  readonly head?: Head | undefined;
}

/** Licenses that are read together: those of a ticket, or of a container. Sorted by id. */
interface Partition {
  /** The groups of a source are sorted by this key, in the direction of the list. */
  readonly key: string;
  read(): Promise<readonly StoredLicense[]>;
}

interface PartitionSource {
  readonly groups: readonly Partition[];
  /** The cursor of the next groups; absent after the last ones. */
  readonly next?: string;
}

/**
 * The position at which the next page starts: in this group, after this license. It has keys and not counts, so that a license
 * or a group that leaves the list between two pages does not make the next page skip another one.
 */
const position = z.strictObject({
  start: z.optional(z.string()),
  group: z.optional(z.string()),
  license: z.optional(z.string()),
});

/** Orders or containers per read. */
const PARTITIONS = 20;
/** Orders or containers that one page reads at most. A filter that matches few licenses needs several pages. */
const MAX_PARTITIONS = 200;

/**
 * A page of the licenses that meet every condition of the query, by the time of their orders and then by unit. They are on
 * tickets, unless the query asks for a final state.
 */
export async function pageOfLicenses(
  dependencies: Dependencies,
  query: LicenseQuery,
  limit: number,
  cursor: string | undefined,
  direction: Direction = 'forward',
): Promise<Page<FoundLicense>> {
  let at: z.infer<typeof position> = cursor === undefined ? {} : position.parse(JSON.parse(cursor));
  const items: FoundLicense[] = [];
  for (let looked = 0; ; ) {
    const { start } = at;
    const source = await sourceOf(dependencies, query, start, direction);
    for (const group of source.groups) {
      if (at.group !== undefined && compareKeys(group.key, at.group, direction) < 0) continue;
      const seen = group.key === at.group ? at.license : undefined;
      const found = await matching(dependencies, query, await group.read());
      const fresh = (direction === 'forward' ? found : found.toReversed()).filter(
        ({ license }) => seen === undefined || compareKeys(license.id, seen, direction) > 0,
      );
      const taken = fresh.slice(0, limit - items.length);
      items.push(...taken);
      if (taken.length < fresh.length) {
        const license = taken.at(-1)?.license.id ?? seen;
        return { items, next: JSON.stringify({ start, group: group.key, license }) };
      }
      looked += 1;
    }
    if (source.next === undefined) return { items };
    at = { start: source.next };
    if (items.length === limit || looked >= MAX_PARTITIONS) return { items, next: JSON.stringify(at) };
  }
}

/** The source with the fewest licenses that includes every match. */
async function sourceOf(
  dependencies: Dependencies,
  query: LicenseQuery,
  start: string | undefined,
  direction: Direction,
): Promise<PartitionSource> {
  const { ticket, orderId, container, customers, product } = query;
  if (ticket !== undefined) return only(() => licensesOfTicket(dependencies, ticket));
  if (orderId !== undefined) {
    const order = await getOrder(dependencies, orderId);
    return order?.state === 'delivered' ? only(() => licensesOfTicket(dependencies, order.ticket)) : { groups: [] };
  }
  if (container !== undefined) return only(() => licensesOfContainer(dependencies, container));
  if (query.pending !== undefined && customers === undefined)
    return containersWithPending(dependencies, start, direction);
  // By customer if both are given: each license has its present product, which `meets` compares.
  const source = customers === undefined ? { product } : { customers };
  const page = await pageOfOrders(dependencies, source, PARTITIONS, start, direction);
  const groups = page.items.map((order) => ({
    key: `${order.createdAt}#${order.orderId}`,
    read: () => licensesOfTicket(dependencies, order.ticket),
  }));
  return page.next === undefined ? { groups } : { groups, next: page.next };
}

function only(read: Partition['read']): PartitionSource {
  return { groups: [{ key: '', read }] };
}

async function containersWithPending(
  dependencies: Dependencies,
  start: string | undefined,
  direction: Direction,
): Promise<PartitionSource> {
  const page = await queryIndex(dependencies, PENDING_INDEX, PARTITIONS, start, direction);
  const groups = page.items.map(({ indexSk: serial }) => ({
    key: serial,
    read: async () =>
      [...(await pendingLicenses(dependencies, await loadContainer(dependencies, serial))).values()].sort(compareIds),
  }));
  return page.next === undefined ? { groups } : { groups, next: page.next };
}

/** The licenses that the container holds, that outstanding updates remove from it, and that are assigned to it. */
async function licensesOfContainer(dependencies: Dependencies, serial: string): Promise<StoredLicense[]> {
  const container = await loadContainer(dependencies, serial);
  const licenses = new Map([
    ...(await heldLicenses(dependencies, container)),
    ...(await pendingLicenses(dependencies, container)),
  ]);
  return [...licenses.values()].sort(compareIds);
}

function compareIds(one: StoredLicense, other: StoredLicense): number {
  return one.id < other.id ? -1 : 1;
}

async function matching(
  dependencies: Dependencies,
  query: LicenseQuery,
  licenses: readonly StoredLicense[],
): Promise<readonly FoundLicense[]> {
  const byId = new Map(licenses.map((license) => [license.id, license]));
  const isAskedFor =
    query.state === 'withdrawn' || query.state === 'replaced'
      ? (license: StoredLicense) => isFinal(license.standing) && wasSold(license, byId)
      : ({ standing }: StoredLicense) => isOnTicket(standing);
  const shown = licenses.filter(isAskedFor);
  const { stateOf, headOf } = await loadContainersOf(dependencies, shown);
  const found = shown
    .map((license) => ({ license, state: stateOf(license), head: headOf(license) }))
    .filter(({ license, state }) => meets(license, state, query));
  if (query.customers === undefined) return found;
  const customers = new Set(query.customers.map(normalizeName));
  const orders = await getOrders(
    dependencies,
    found.map(({ license }) => license.orderId),
  );
  return found.filter(({ license }) =>
    customerNames(orders.get(license.orderId)?.customer).some((name) => customers.has(normalizeName(name))),
  );
}

/** Whether the license meets every condition of the query, except the one on the customer. */
function meets(license: StoredLicense, state: LicenseState, query: LicenseQuery): boolean {
  const { product, ticket, orderId, terms, standing } = license;
  return (
    (query.product === undefined || product === query.product) &&
    (query.ticket === undefined || ticket === query.ticket) &&
    (query.orderId === undefined || orderId === query.orderId) &&
    (query.container === undefined || containerFor(license, query) === query.container) &&
    (query.state === undefined || state === query.state) &&
    (query.pending === undefined || licensePending(standing)?.action === query.pending) &&
    (query.expiresBefore === undefined || expiresBefore(terms.expiresAt, query.expiresBefore))
  );
}

/** An assigned license is not yet in its container: it matches the container only if the query asks for assignments. */
function containerFor({ standing }: StoredLicense, { pending }: LicenseQuery): string | undefined {
  return holderOf(standing) ?? (pending === 'assign' ? licensePending(standing)?.container : undefined);
}

function expiresBefore(expiresAt: string | undefined, time: string): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) < Date.parse(time);
}
