import { containerOf, type License, type LicenseState, stateOf } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { parseHead } from '../../store/container-head-item.ts';
import { containerKey } from '../../store/keys.ts';
import { getItems } from '../../store/queries.ts';

/**
 * Reads the confirmed counters of the containers that hold these licenses, because they decide the licenses' states. Counters
 * only rise, so a later read can only show more licenses as confirmed.
 * @returns the state of each of these licenses.
 */
export async function loadStates(
  dependencies: Dependencies,
  licenses: readonly License[],
): Promise<(license: License) => LicenseState> {
  const serials = new Set<string>();
  for (const { standing } of licenses) if (standing.at === 'collected') serials.add(standing.container);
  const heads = await getItems(dependencies, [...serials].map(containerKey));
  const counters = new Map(heads.map(parseHead).map((head) => [head.serial, head.confirmed.counter]));
  return ({ standing }) => stateOf(standing, counters.get(containerOf(standing) ?? '') ?? 0);
}
