import type { Dependencies } from '../../dependencies.ts';
import { getLicense, type StoredLicense } from '../../store/license-item.ts';

/** The licenses that a license has come from and has become, by replacement; all have stood on one ticket. */
export interface Lineage {
  /** The oldest first. */
  readonly predecessors: readonly string[];
  /** The next one first. */
  readonly successors: readonly string[];
}

export async function lineageOf(dependencies: Dependencies, license: StoredLicense): Promise<Lineage> {
  const predecessors = await follow(dependencies, license, 'predecessor');
  return { predecessors: predecessors.reverse(), successors: await follow(dependencies, license, 'successor') };
}

async function follow(
  dependencies: Dependencies,
  from: StoredLicense,
  link: 'predecessor' | 'successor',
): Promise<string[]> {
  const ids: string[] = [];
  for (let one: StoredLicense | undefined = from; one?.[link] !== undefined; ) {
    const id: string = one[link];
    ids.push(id);
    one = await getLicense(dependencies, from.ticket, id);
  }
  return ids;
}
