import * as z from 'zod/mini';
import { refusalDocument, shortenRefusal } from '../../contract/problems.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Dependencies } from '../dependencies.ts';
import { type BulkOrder, bulkOrderExpiry } from './bulk-order-item.ts';
import { afterPrefix, bulkLicenseKey, bulkOrderKey, type Key } from './keys.ts';
import { type Page, queryPage, queryRange, type RawItem } from './queries.ts';
import { commit, put, type Write } from './transactions.ts';

export const BULK_OUTCOMES = ['open', 'withdrawn', 'replaced', 'pending', 'refused'] as const;
export type BulkOutcome = (typeof BULK_OUTCOMES)[number];

const selected = {
  license: z.string(),
  orderId: z.string(),
  ticket: z.string(),
  product: z.string(),
  /** The license's state when it was selected, and the container that held it or that it was assigned to. */
  state: z.string(),
  container: z.exactOptional(z.string()),
};

const RESULTS = {
  open: { outcome: z.literal('open') },
  withdrawn: { outcome: z.literal('withdrawn') },
  /** A preview makes no replacement. */
  replaced: { outcome: z.literal('replaced'), replacement: z.exactOptional(z.string()) },
  pending: { outcome: z.literal('pending'), pendingIn: z.string(), replacement: z.exactOptional(z.string()) },
  refused: {
    outcome: z.literal('refused'),
    problem: z.object({
      code: z.string(),
      detail: z.string(),
      dependents: z.exactOptional(z.array(z.string())),
      moreDependents: z.exactOptional(z.int()),
    }),
  },
} as const;

const result = z.discriminatedUnion('outcome', [
  z.object(RESULTS.open),
  z.object(RESULTS.withdrawn),
  z.object(RESULTS.replaced),
  z.object(RESULTS.pending),
  z.object(RESULTS.refused),
]);
/** The result for one license. */
export type BulkResult = z.infer<typeof result>;

const bulkLicenseItem = z.discriminatedUnion('outcome', [
  z.object({ ...selected, ...RESULTS.open }),
  z.object({ ...selected, ...RESULTS.withdrawn }),
  z.object({ ...selected, ...RESULTS.replaced }),
  z.object({ ...selected, ...RESULTS.pending }),
  z.object({ ...selected, ...RESULTS.refused }),
]);
/** One selected license of a bulk order, with its result. */
export type BulkLicense = z.infer<typeof bulkLicenseItem>;

function parseBulkLicense(item: RawItem): BulkLicense {
  return bulkLicenseItem.parse(item);
}

function keyOf(order: BulkOrder, { container, license }: BulkLicense): Key {
  return bulkLicenseKey(order.id, container, license);
}

/** The sort key of a license's item; the next licenses follow it. */
export function bulkLicensePosition(order: BulkOrder, row: BulkLicense): string {
  return keyOf(order, row).sk;
}

/** Stores a selected license without a result. The bulk order's revision, in the same transaction, guards the write. */
export function putSelected(dependencies: Dependencies, order: BulkOrder, row: BulkLicense): Write {
  return put(dependencies, keyOf(order, row), { ...row, expiresAtSeconds: bulkOrderExpiry(order) });
}

/** Stores a license's result, once, in the transaction that changes the license. */
export function putResult(dependencies: Dependencies, order: BulkOrder, row: BulkLicense, result: BulkResult): Write {
  return {
    Put: {
      TableName: dependencies.tableName,
      Item: { ...row, ...result, expiresAtSeconds: bulkOrderExpiry(order), ...keyOf(order, row) },
      ConditionExpression: 'outcome = :open',
      ExpressionAttributeValues: { ':open': 'open' },
    },
  };
}

/** Stores a license's result alone. If it has a result already, that one stays. */
export async function saveResult(
  dependencies: Dependencies,
  order: BulkOrder,
  row: BulkLicense,
  result: BulkResult,
): Promise<void> {
  await commit(dependencies, [putResult(dependencies, order, row, result)]);
}

/** The result of a refused license: a long list of dependents is shortened. */
export function refusedResult(refused: Refusal): BulkResult {
  const { refusal, moreDependents } = shortenRefusal(refused);
  const { code, detail } = refusalDocument(refusal);
  if (refusal.code !== 'dependency-violation') return { outcome: 'refused', problem: { code, detail } };
  const dependents = [...refusal.dependents];
  if (moreDependents === 0) return { outcome: 'refused', problem: { code, detail, dependents } };
  return { outcome: 'refused', problem: { code, detail, dependents, moreDependents } };
}

const FIRST = 'LICENSE#';
const LAST = afterPrefix('LICENSE');

/**
 * The licenses after a position, about `limit` of them. All licenses of the last container are included, because the actions
 * on one container are decided together.
 */
export async function nextLicenses(
  dependencies: Dependencies,
  order: BulkOrder,
  place: string | undefined,
  limit: number,
): Promise<readonly BulkLicense[]> {
  const { pk } = bulkOrderKey(order.id);
  const page = await queryPage(dependencies, { pk, from: FIRST, to: LAST }, limit, place);
  const rows = page.items.map(parseBulkLicense);
  const last = rows.at(-1);
  if (last?.container === undefined || page.next === undefined) return rows;
  const from = `${bulkLicensePosition(order, last)}#`;
  const to = afterPrefix(bulkLicenseKey(order.id, last.container, '').sk.slice(0, -1));
  return [...rows, ...(await queryRange(dependencies, { pk, from, to })).map(parseBulkLicense)];
}

/** Reads the licenses from the first to the last of these again. */
export async function rereadLicenses(
  dependencies: Dependencies,
  order: BulkOrder,
  rows: readonly BulkLicense[],
): Promise<readonly BulkLicense[]> {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  const range = {
    pk: bulkOrderKey(order.id).pk,
    from: bulkLicensePosition(order, first),
    to: bulkLicensePosition(order, last),
  };
  return (await queryRange(dependencies, range)).map(parseBulkLicense);
}

const PAGE_LICENSES = 1_000;
/** Pages that one request reads; a rare outcome takes several requests. */
const MAX_PAGES = 10;

/** A page of the report, in the order of the containers; with `outcome`, only the licenses with this outcome. */
export async function pageOfReport(
  dependencies: Dependencies,
  order: BulkOrder,
  outcome: BulkOutcome | undefined,
  limit: number,
  cursor: string | undefined,
): Promise<Page<BulkLicense>> {
  const range = { pk: bulkOrderKey(order.id).pk, from: FIRST, to: LAST };
  const items: BulkLicense[] = [];
  let place = cursor === undefined ? undefined : z.string().parse(JSON.parse(cursor));
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const wanted = outcome === undefined ? limit - items.length + 1 : PAGE_LICENSES;
    const page = await queryPage(dependencies, range, wanted, place);
    for (const row of page.items.map(parseBulkLicense)) {
      if (outcome !== undefined && row.outcome !== outcome) continue;
      const last = items.at(-1);
      if (items.length === limit && last !== undefined)
        return { items, next: JSON.stringify(bulkLicensePosition(order, last)) };
      items.push(row);
    }
    if (page.next === undefined) return { items };
    place = page.next;
  }
  return { items, next: JSON.stringify(place) };
}
