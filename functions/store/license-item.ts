import * as z from 'zod/mini';
import type { License } from '../../domain/license.ts';
import type { Dependencies } from '../dependencies.ts';
import { earmark, licenseContent, reason, revised } from './item-schemas.ts';
import { licenseIndex, licenseKey } from './keys.ts';
import { findIndexed, getItem, getItems, queryRange, type RawItem } from './queries.ts';
import { putRevision, type Write } from './transactions.ts';

const reservation = z.discriminatedUnion('for', [
  z.object({ for: z.literal('activate'), container: z.string(), reprogramming: z.string() }),
  z.object({ for: z.literal('assign'), container: z.string(), orderedAt: z.string(), reason }),
  z.object({ for: z.literal('revise'), orderId: z.string(), since: z.string() }),
  z.object({ for: z.literal('replace'), container: z.string(), predecessor: z.string(), reason }),
]);

const standing = z.discriminatedUnion('at', [
  z.object({ at: z.literal('available'), reservation: z.exactOptional(reservation) }),
  z.object({ at: z.literal('collected'), container: z.string(), counter: z.int(), earmark: z.exactOptional(earmark) }),
  z.object({
    at: z.literal('returned'),
    container: z.string(),
    counter: z.int(),
    cause: z.enum(['withdraw', 'deactivate', 'replace']),
    earmark: z.exactOptional(earmark),
    effectiveBy: z.exactOptional(z.string()),
    revised,
    reason,
  }),
  z.object({ at: z.literal('withdrawn') }),
  z.object({ at: z.literal('replaced') }),
]);

export const licenseItem = z.object({
  ...licenseContent.shape,
  ticket: z.string(),
  orderId: z.string(),
  standing,
  predecessor: z.exactOptional(z.string()),
  successor: z.exactOptional(z.string()),
  test: z.exactOptional(z.literal(true)),
  removed: z.exactOptional(z.object({ container: z.string(), counter: z.int() })),
  revision: z.int(),
});

/** The update that removed a license from a container. */
export interface Removal {
  readonly container: string;
  readonly counter: number;
}

/** A license as it was read. `revision` guards the next write; 0: not yet stored. */
export interface StoredLicense extends License {
  /** Sold in a shop's test mode. */
  readonly test?: true;
  /** The last removal from a container that a receipt confirmed (E1). */
  readonly removed?: Removal;
  readonly revision: number;
}

/** Each license has its own partition of the index, with one entry. */
const INDEX_SORT = 'LICENSE';

function parseLicense(item: RawItem): StoredLicense {
  return licenseItem.parse(item);
}

/** Finds a license by its id alone, through the index. */
export async function findLicense(dependencies: Dependencies, id: string): Promise<StoredLicense | undefined> {
  const item = await findIndexed(dependencies, licenseIndex(id), INDEX_SORT);
  return item === undefined ? undefined : parseLicense(item);
}

export async function getLicense(
  dependencies: Dependencies,
  ticket: string,
  id: string,
): Promise<StoredLicense | undefined> {
  const item = await getItem(dependencies, licenseKey(ticket, id));
  return item === undefined ? undefined : parseLicense(item);
}

/** Licenses by ticket and id. The result omits licenses that do not exist. */
export async function getLicenses(
  dependencies: Dependencies,
  wanted: readonly { readonly ticket: string; readonly id: string }[],
): Promise<ReadonlyMap<string, StoredLicense>> {
  const items = await getItems(
    dependencies,
    wanted.map(({ ticket, id }) => licenseKey(ticket, id)),
  );
  return new Map(items.map(parseLicense).map((license) => [license.id, license]));
}

/** Every license that was ever on the ticket, final ones included, in the order of the order's items. */
export async function licensesOfTicket(dependencies: Dependencies, ticket: string): Promise<StoredLicense[]> {
  const { pk } = licenseKey(ticket, '');
  const items = await queryRange(dependencies, { pk, from: 'LICENSE#', to: 'LICENSE$' });
  return items.map(parseLicense);
}

/** Writes the license's next revision, provided that it did not change since it was read. */
export function putLicense(dependencies: Dependencies, { revision, ...license }: StoredLicense): Write {
  const item = { ...license, indexPk: licenseIndex(license.id), indexSk: INDEX_SORT };
  return putRevision(dependencies, licenseKey(license.ticket, license.id), item, revision);
}
