import type { Dependencies } from '../../dependencies.ts';
import type { Head } from '../../store/container-head-item.ts';
import { PENDING_INDEX } from '../../store/keys.ts';
import { type Page, queryIndex } from '../../store/queries.ts';
import { inParallel } from '../in-parallel.ts';
import { loadContainer } from './container.ts';
import { loadPending, type NamedAction } from './container-contents.ts';

/** A container, and its pending vendor actions that are not planned. */
export interface AutoUpdates {
  readonly container: string;
  readonly head: Head;
  readonly pending: readonly NamedAction[];
}

/** Containers that are read at once: each can have thousands of licenses. */
const CONTAINERS_AT_ONCE = 10;

/** A page of the containers with pending actions, by serial. It may have fewer than `limit`, and be followed by other pages. */
export async function pageOfAutoUpdates(
  dependencies: Dependencies,
  limit: number,
  cursor: string | undefined,
): Promise<Page<AutoUpdates>> {
  const page = await queryIndex(dependencies, PENDING_INDEX, limit, cursor);
  const serials = page.items.map(({ indexSk }) => indexSk);
  const found = new Map<string, AutoUpdates>();
  await inParallel(serials, CONTAINERS_AT_ONCE, async (serial) => {
    const container = await loadContainer(dependencies, serial);
    const pending = await loadPending(dependencies, container);
    if (pending.length > 0) found.set(serial, { container: serial, head: container.head, pending });
  });
  return { ...page, items: serials.flatMap((serial) => found.get(serial) ?? []) };
}
