import {
  containerOf,
  holderOf,
  type License,
  type LicenseState,
  licensePending,
  stateOf,
} from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getHeads, type Head } from '../../store/container-head-item.ts';

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
  return statesBy(await getHeads(dependencies, serials));
}

/** What the vendor sees of licenses beside their items. */
export interface LicenseContainers {
  stateOf(license: License): LicenseState;
  /** The head of the container that the license is in, or that its pending action waits for. */
  headOf(license: License): Head | undefined;
}

/** As {@link loadStates}, and the heads of the containers, each read once. */
export async function loadContainersOf(
  dependencies: Dependencies,
  licenses: readonly License[],
): Promise<LicenseContainers> {
  const serials = new Set(licenses.flatMap((license) => serialFor(license) ?? []));
  const heads = await getHeads(dependencies, serials);
  return { stateOf: statesBy(heads), headOf: (license) => heads.get(serialFor(license) ?? '') };
}

function serialFor({ standing }: License): string | undefined {
  return holderOf(standing) ?? licensePending(standing)?.container;
}

function statesBy(heads: ReadonlyMap<string, Head>): (license: License) => LicenseState {
  return ({ standing }) => stateOf(standing, heads.get(containerOf(standing) ?? '')?.confirmed.counter ?? 0);
}
