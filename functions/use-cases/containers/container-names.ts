import type { Dependencies } from '../../dependencies.ts';
import { getHeads } from '../../store/container-head-item.ts';
import type { Page } from '../../store/queries.ts';

/** The items of a page with the vendor's names for their containers. Each container of the page is read once. */
export async function withContainerNames<Item extends { readonly container?: string }>(
  dependencies: Dependencies,
  page: Page<Item>,
): Promise<Page<Item & { readonly containerName?: string }>> {
  const serials = new Set(page.items.flatMap(({ container }) => container ?? []));
  const heads = await getHeads(dependencies, serials);
  const items = page.items.map((item) => {
    const name = heads.get(item.container ?? '')?.name;
    return name === undefined ? item : { ...item, containerName: name };
  });
  return { ...page, items };
}
