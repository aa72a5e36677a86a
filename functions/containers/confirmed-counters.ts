import { containerOf, type Standing } from '../../domain/license.ts';
import type { Runtime } from '../ports.ts';
import { parseHead } from '../table/container-items.ts';
import { containerKey } from '../table/keys.ts';
import { getItems } from '../table/read.ts';

/**
 * The confirmed counters of the containers that these licenses are in, so that their states can be told. A counter only
 * rises, so a read a moment later can only show more as confirmed.
 */
export async function confirmedCounters(
  runtime: Runtime,
  licenses: readonly { readonly standing: Standing }[],
): Promise<(standing: Standing) => number> {
  const serials = new Set<string>();
  for (const { standing } of licenses) if (standing.at === 'collected') serials.add(standing.container);
  const heads = await getItems(runtime, [...serials].map(containerKey));
  const counters = new Map(heads.map(parseHead).map((head) => [head.serial, head.confirmed.counter]));
  return (standing) => counters.get(containerOf(standing) ?? '') ?? 0;
}
