import * as z from 'zod/mini';
import { defined } from '../../domain/defined.ts';
import type { Dependencies } from '../dependencies.ts';
import { PRODUCTS_INDEX, productKey } from './keys.ts';
import { getItem, getItems, type Page, pageOfIndexed, type RawItem } from './queries.ts';
import { putNew, putRevision, removeRevision, type Write } from './transactions.ts';

const productItem = z.object({
  code: z.string(),
  name: z.string(),
  features: z.array(z.string()),
  requires: z.array(z.string()),
  /** `terms.leaseDays` of licenses that are sold without it (L1). */
  leaseDays: z.exactOptional(z.int()),
  /** The product that this one takes the place of when an order is revised (O1). */
  upgradeOf: z.exactOptional(z.string()),
  /** Days before the end of a license at which it is reported (N3). */
  expiryNotices: z.exactOptional(z.array(z.int())),
  revision: z.int(),
});

/** A product. `requires`: codes of the products that must be in the same container. */
export type StoredProduct = z.infer<typeof productItem>;

export async function getProduct(dependencies: Dependencies, code: string): Promise<StoredProduct | undefined> {
  const item = await getItem(dependencies, productKey(code));
  return item === undefined ? undefined : productItem.parse(item);
}

export async function getProducts(
  dependencies: Dependencies,
  codes: readonly string[],
): Promise<ReadonlyMap<string, StoredProduct>> {
  const items = await getItems(dependencies, codes.map(productKey));
  return new Map(items.map((item: RawItem) => productItem.parse(item)).map((product) => [product.code, product]));
}

export async function pageOfProducts(
  dependencies: Dependencies,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredProduct>> {
  return pageOfIndexed(dependencies, PRODUCTS_INDEX, limit, cursor, (item) => productItem.parse(item));
}

export function putProductItem(dependencies: Dependencies, { revision, ...product }: StoredProduct): Write {
  const key = productKey(product.code);
  const item = { ...product, indexPk: PRODUCTS_INDEX, indexSk: product.code };
  // A product that was deleted and created again must not repeat a revision: a request may still hold the old one.
  if (revision === 0) return putNew(dependencies, key, { ...item, revision: dependencies.now().getTime() });
  return putRevision(dependencies, key, item, revision);
}

export function removeProduct(dependencies: Dependencies, { code, revision }: StoredProduct): Write {
  return removeRevision(dependencies, productKey(code), revision);
}

export function productView({
  code,
  name,
  features,
  requires,
  leaseDays,
  upgradeOf,
  expiryNotices,
}: StoredProduct): Omit<StoredProduct, 'revision'> {
  return { code, name, features, requires, ...defined({ leaseDays, upgradeOf, expiryNotices }) };
}
