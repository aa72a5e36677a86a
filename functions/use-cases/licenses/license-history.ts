import type { Dependencies } from '../../dependencies.ts';
import { getLicense, type StoredLicense } from '../../store/license-item.ts';

/** The licenses before and after a license in its chain of replacements. All of them are on the same ticket. */
export interface Lineage {
  /** Ids, the oldest first. */
  readonly predecessors: readonly string[];
  /** Ids, the next one first. */
  readonly successors: readonly string[];
}

export async function lineageOf(dependencies: Dependencies, license: StoredLicense): Promise<Lineage> {
  const [predecessors, successors] = await Promise.all([
    followLinks(dependencies, license, 'predecessor'),
    followLinks(dependencies, license, 'successor'),
  ]);
  return { predecessors: predecessors.reverse(), successors };
}

async function followLinks(
  dependencies: Dependencies,
  from: StoredLicense,
  link: 'predecessor' | 'successor',
): Promise<string[]> {
  const ids: string[] = [];
  for (let license: StoredLicense | undefined = from; license?.[link] !== undefined; ) {
    const id: string = license[link];
    ids.push(id);
    license = await getLicense(dependencies, from.ticket, id);
  }
  return ids;
}
