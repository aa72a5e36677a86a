import * as z from 'zod/mini';
import { shownTerms } from '../../domain/duration.ts';
import { MAX_SKU_CHARACTERS } from '../../domain/limits.ts';
import type { Dependencies } from '../dependencies.ts';
import { crit, terms } from './item-schemas.ts';
import { SKUS_INDEX, skuKey } from './keys.ts';
import { getItem, getItems, type Page, pageOfIndexed, type RawItem } from './queries.ts';
import { putNew, putRevision, removeRevision, type Write } from './transactions.ts';

const skuMappingItem = z.object({
  sku: z.string(),
  items: z.array(z.object({ product: z.string(), quantity: z.int(), terms: z.exactOptional(terms), crit })),
  revision: z.int(),
});

/**
 * What one unit of a shop's SKU delivers: `quantity` licenses of each item's product. Without items it delivers nothing: a
 * product of the shop that is not licensed.
 */
export type SkuMapping = z.infer<typeof skuMappingItem>;

export async function getSkuMapping(dependencies: Dependencies, sku: string): Promise<SkuMapping | undefined> {
  const item = await getItem(dependencies, skuKey(sku));
  return item === undefined ? undefined : parse(item);
}

export async function getSkuMappings(
  dependencies: Dependencies,
  skus: readonly string[],
): Promise<ReadonlyMap<string, SkuMapping>> {
  // A shop may send a SKU that is longer than any key of the table.
  const known = skus.filter((sku) => sku.length <= MAX_SKU_CHARACTERS);
  const items = await getItems(dependencies, known.map(skuKey));
  return new Map(items.map(parse).map((mapping) => [mapping.sku, mapping]));
}

export async function pageOfSkuMappings(
  dependencies: Dependencies,
  limit: number,
  cursor: string | undefined,
): Promise<Page<SkuMapping>> {
  return pageOfIndexed(dependencies, SKUS_INDEX, limit, cursor, parse);
}

export function putSkuMappingItem(dependencies: Dependencies, { revision, ...mapping }: SkuMapping): Write {
  const key = skuKey(mapping.sku);
  const item = { ...mapping, indexPk: SKUS_INDEX, indexSk: mapping.sku };
  // A mapping that was deleted and created again must not repeat a revision: a caller may still use the old one.
  if (revision === 0) return putNew(dependencies, key, { ...item, revision: dependencies.now().getTime() });
  return putRevision(dependencies, key, item, revision);
}

export function removeSkuMapping(dependencies: Dependencies, { sku, revision }: SkuMapping): Write {
  return removeRevision(dependencies, skuKey(sku), revision);
}

function parse(item: RawItem): SkuMapping {
  return skuMappingItem.parse(item);
}

export function skuMappingView({ sku, items }: SkuMapping) {
  return {
    sku,
    items: items.map(({ terms: sold, ...item }) => ({
      ...item,
      ...(sold === undefined ? {} : { terms: shownTerms(sold) }),
    })),
  };
}
