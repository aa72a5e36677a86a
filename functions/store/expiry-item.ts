import * as z from 'zod/mini';
import type { Dependencies } from '../dependencies.ts';
import { expiryKey } from './keys.ts';
import type { StoredLicense } from './license-item.ts';
import { queryPage } from './queries.ts';
import { put, putRevision, removeRevision, type Write } from './transactions.ts';

const expiryItem = z.object({
  license: z.string(),
  ticket: z.string(),
  /** The license's `expiresAt` when the item was written. */
  expiresAt: z.string(),
  /** Days before the end for which `license.expiring` was emitted. */
  reported: z.array(z.int()),
  revision: z.int(),
});

/** The end of a license, by which the daily run finds it (N3). An end that a renewal has moved stays until it has passed. */
export type Expiry = z.infer<typeof expiryItem>;

/** The write by which the daily run finds the end of the license; none for a license that does not expire. */
export function expiryWrites(
  dependencies: Dependencies,
  { id: license, ticket, terms: { expiresAt } }: Pick<StoredLicense, 'id' | 'ticket' | 'terms'>,
): Write[] {
  if (expiresAt === undefined) return [];
  const item: Expiry = { license, ticket, expiresAt, reported: [], revision: FIRST };
  return [put(dependencies, expiryKey(timeOf(expiresAt), license), item)];
}

const FIRST = 1;

/** How many items {@link expiryWrites} writes. */
export function itemsOfExpiry({ terms }: Pick<StoredLicense, 'terms'>): number {
  return terms.expiresAt === undefined ? 0 : 1;
}

/** Refuses its transaction if another run has changed the item. */
export function removeExpiry(dependencies: Dependencies, { license, expiresAt, revision }: Expiry): Write {
  return removeRevision(dependencies, expiryKey(timeOf(expiresAt), license), revision);
}

/** Remembers that the end was reported so many days before. Refuses its transaction if another run has changed the item. */
export function putReported(dependencies: Dependencies, { revision, ...expiry }: Expiry, days: number): Write {
  const reported = [...expiry.reported, days];
  return putRevision(
    dependencies,
    expiryKey(timeOf(expiry.expiresAt), expiry.license),
    { ...expiry, reported },
    revision,
  );
}

/** A page of the ends after `from` and until `to` (RFC 3339 UTC with milliseconds), the earliest first. */
export async function expiriesBetween(
  dependencies: Dependencies,
  from: string,
  to: string,
  limit: number,
  after?: string,
): Promise<{ readonly items: readonly Expiry[]; readonly next?: string | undefined }> {
  const { pk } = expiryKey('', '');
  const page = await queryPage(dependencies, { pk, from: `AT#${from}#~`, to: `AT#${to}#~` }, limit, after);
  return { items: page.items.map((item) => expiryItem.parse(item)), next: page.next };
}

/** In one form, so that the order of text is the order of time. */
function timeOf(expiresAt: string): string {
  return new Date(expiresAt).toISOString();
}
