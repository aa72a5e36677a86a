import type { PendingAction } from '../../../domain/pending.ts';
import type { Dependencies } from '../../dependencies.ts';
import { PENDING_INDEX } from '../../store/keys.ts';
import { type Page, queryIndex } from '../../store/queries.ts';
import { inParallel } from '../in-parallel.ts';
import { loadContainer, remainingPending } from './container.ts';

/** A container, and its pending vendor actions that are not planned. */
export interface AutoUpdates {
  readonly container: string;
  readonly pending: readonly PendingAction[];
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
  await inParallel(serials, CONTAINERS_AT_ONCE, async (container) => {
    const pending = remainingPending(await loadContainer(dependencies, container));
    if (pending.length > 0) found.set(container, { container, pending });
  });
  return { ...page, items: serials.flatMap((serial) => found.get(serial) ?? []) };
}
