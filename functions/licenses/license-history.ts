import type { Runtime } from '../ports.ts';
import { getLicense, type StoredLicense } from '../table/license-item.ts';

/** The licenses that a license has come from and has become, by replacement; all have stood on one ticket. */
export interface Lineage {
  /** The oldest first. */
  readonly predecessors: readonly string[];
  /** The next one first. */
  readonly successors: readonly string[];
}

export async function lineageOf(runtime: Runtime, license: StoredLicense): Promise<Lineage> {
  const predecessors = await follow(runtime, license, 'predecessor');
  return { predecessors: predecessors.reverse(), successors: await follow(runtime, license, 'successor') };
}

async function follow(runtime: Runtime, from: StoredLicense, link: 'predecessor' | 'successor'): Promise<string[]> {
  const ids: string[] = [];
  for (let one: StoredLicense | undefined = from; one?.[link] !== undefined; ) {
    const id: string = one[link];
    ids.push(id);
    one = await getLicense(runtime, from.ticket, id);
  }
  return ids;
}
