import * as z from 'zod/mini';
import { isOnTicket, type LicenseState } from '../../domain/license.ts';
import { confirmedCounters } from '../containers/confirmed-counters.ts';
import { loadContainer } from '../containers/container.ts';
import { getOrder } from '../orders/order-item.ts';
import { pageOfOrders } from '../orders/page-of-orders.ts';
import type { Runtime } from '../ports.ts';
import { type LicenseView, vendorLicense } from '../schemas/views.ts';
import { getLicenses, licensesOfTicket, type StoredLicense } from '../table/license-item.ts';
import type { Page } from '../table/read.ts';

export interface LicenseQuery {
  readonly customer?: string | undefined;
  readonly orderId?: string | undefined;
  readonly product?: string | undefined;
  readonly ticket?: string | undefined;
  readonly container?: string | undefined;
  readonly state?: LicenseState | undefined;
}

/** Licenses in groups that are read together: those of a ticket, or of a container. */
interface Source {
  readonly groups: readonly (() => Promise<readonly StoredLicense[]>)[];
  /** Where the next groups start; `undefined` after the last ones. */
  readonly next?: string;
}

/** The groups that the cursor has passed, and how many licenses of the next one. */
const position = z.object({
  start: z.optional(z.string()),
  group: z.int().check(z.nonnegative()),
  license: z.int().check(z.nonnegative()),
});

/** Orders that are read at once. */
const GROUPS = 20;
/** Orders that one page looks through; a filter that finds little is answered by several pages. */
const MAX_GROUPS = 200;

/** A page of the licenses that stand on tickets and meet every condition of the query. */
export async function pageOfLicenses(
  runtime: Runtime,
  query: LicenseQuery,
  limit: number,
  cursor: string | undefined,
): Promise<Page<LicenseView>> {
  let at: z.infer<typeof position> =
    cursor === undefined ? { group: 0, license: 0 } : position.parse(JSON.parse(cursor));
  const items: LicenseView[] = [];
  for (let looked = 0; ; ) {
    const source = await sourceOf(runtime, query, at.start);
    while (at.group < source.groups.length) {
      const found = await matching(runtime, query, (await source.groups[at.group]?.()) ?? []);
      const fresh = found.slice(at.license);
      const room = limit - items.length;
      items.push(...fresh.slice(0, room));
      if (fresh.length > room) return { items, next: JSON.stringify({ ...at, license: at.license + room }) };
      at = { ...at, group: at.group + 1, license: 0 };
      looked += 1;
    }
    if (source.next === undefined) return { items };
    at = { start: source.next, group: 0, license: 0 };
    if (items.length === limit || looked >= MAX_GROUPS) return { items, next: JSON.stringify(at) };
  }
}

/** The narrowest way to what is asked for. */
async function sourceOf(runtime: Runtime, query: LicenseQuery, start: string | undefined): Promise<Source> {
  const { ticket, orderId, container } = query;
  if (ticket !== undefined) return { groups: [() => licensesOfTicket(runtime, ticket)] };
  if (container !== undefined) return { groups: [() => licensesIn(runtime, container)] };
  if (orderId !== undefined) {
    const order = await getOrder(runtime, orderId);
    return { groups: order?.state === 'delivered' ? [() => licensesOfTicket(runtime, order.ticket)] : [] };
  }
  const { customer, product } = query;
  // By customer when both are given: what a license's product is today, the license itself says.
  const page = await pageOfOrders(runtime, customer === undefined ? { product } : { customer }, GROUPS, start);
  const groups = page.items.map((order) => () => licensesOfTicket(runtime, order.ticket));
  return page.next === undefined ? { groups } : { groups, next: page.next };
}

async function licensesIn(runtime: Runtime, serial: string): Promise<StoredLicense[]> {
  const { entries } = await loadContainer(runtime, serial);
  const held = [...entries.values()].flatMap((entry) => (entry.held === undefined ? [] : [entry.held.license]));
  return [...(await getLicenses(runtime, held)).values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

async function matching(
  runtime: Runtime,
  query: LicenseQuery,
  licenses: readonly StoredLicense[],
): Promise<readonly LicenseView[]> {
  const onTicket = licenses.filter((license) => isOnTicket(license.standing));
  const confirmed = await confirmedCounters(runtime, onTicket);
  const views = onTicket.map((license) => vendorLicense(license, confirmed));
  return views.filter(
    (view) =>
      (query.product === undefined || view.product === query.product) &&
      (query.ticket === undefined || view.ticket === query.ticket) &&
      (query.orderId === undefined || view.orderId === query.orderId) &&
      (query.container === undefined || view.container === query.container) &&
      (query.state === undefined || view.state === query.state),
  );
}
