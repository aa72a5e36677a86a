import { isFinal } from '../../../domain/license.ts';
import { MAX_NAMED_USES, MAX_ORDERS_CHECKED } from '../../../domain/limits.ts';
import type { ProductUses } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { licensesOfTicket } from '../../store/license-item.ts';
import { pageOfProducts } from '../../store/product-item.ts';
import type { Page } from '../../store/queries.ts';
import { pageOfSkuMappings } from '../../store/sku-mapping-item.ts';
import { pageOfOrders } from '../orders/page-of-orders.ts';

const READ_AT_ONCE = 100;

/** What uses the product; `undefined` if nothing does, so that it can be deleted. */
export async function usesOfProduct(dependencies: Dependencies, code: string): Promise<ProductUses | undefined> {
  const [sold, requiring, mapped] = await Promise.all([
    licensesOfProduct(dependencies, code),
    findUses(
      (cursor) => pageOfProducts(dependencies, READ_AT_ONCE, cursor),
      (product) => (product.requires.includes(code) || product.upgradeOf === code ? [product.code] : []),
    ),
    findUses(
      (cursor) => pageOfSkuMappings(dependencies, READ_AT_ONCE, cursor),
      ({ sku, items }) => (items.some(({ product }) => product === code) ? [sku] : []),
    ),
  ]);
  const uses = { ...sold, products: requiring, skus: mapped };
  const isUsed = uses.tooManyOrders || [uses.licenses, uses.products, uses.skus].some(({ length }) => length > 0);
  return isUsed ? uses : undefined;
}

/** Licenses of the product that can still be used, from the oldest orders that have sold it. */
async function licensesOfProduct(
  dependencies: Dependencies,
  code: string,
): Promise<Pick<ProductUses, 'licenses' | 'tooManyOrders'>> {
  let checked = 0;
  let tooManyOrders = false;
  const licenses = await findUses(
    async (cursor) => {
      const page = await pageOfOrders(dependencies, { product: code }, READ_AT_ONCE, cursor);
      checked += page.items.length;
      tooManyOrders = checked >= MAX_ORDERS_CHECKED && page.next !== undefined;
      return tooManyOrders ? { items: page.items } : page;
    },
    async ({ ticket }) =>
      (await licensesOfTicket(dependencies, ticket))
        .filter(({ product, standing }) => product === code && !isFinal(standing))
        .map(({ id }) => id),
  );
  return { licenses, tooManyOrders: tooManyOrders && licenses.length < MAX_NAMED_USES };
}

/** The first uses in a list, page by page, until enough are found. */
async function findUses<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
  usesOf: (item: Item) => readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  const uses: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    for (const item of page.items) {
      uses.push(...(await usesOf(item)));
      if (uses.length >= MAX_NAMED_USES) return uses.slice(0, MAX_NAMED_USES);
    }
    if (page.next === undefined) return uses;
    cursor = page.next;
  }
}
