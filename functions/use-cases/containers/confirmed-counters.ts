import { containerOf, type Standing } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { parseHead } from '../../store/container-head-item.ts';
import { containerKey } from '../../store/keys.ts';
import { getItems } from '../../store/queries.ts';

/**
 * The confirmed counters of the containers that these licenses are in, so that their states can be told. A counter only
 * rises, so a read a moment later can only show more as confirmed.
 */
export async function confirmedCounters(
  dependencies: Dependencies,
  licenses: readonly { readonly standing: Standing }[],
): Promise<(standing: Standing) => number> {
  const serials = new Set<string>();
  for (const { standing } of licenses) if (standing.at === 'collected') serials.add(standing.container);
  const heads = await getItems(dependencies, [...serials].map(containerKey));
  const counters = new Map(heads.map(parseHead).map((head) => [head.serial, head.confirmed.counter]));
  return (standing) => counters.get(containerOf(standing) ?? '') ?? 0;
}
