import { defined } from '../../../domain/defined.ts';
import { containerOf } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { ContainerView } from '../../../domain/sequence.ts';
import type { VendorActionDecision, VendorActionDetails } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import { findLicense, type StoredLicense } from '../../store/license-item.ts';
import { commit, type Write } from '../../store/transactions.ts';
import { loadUnlocked, stillLocked } from '../containers/await-unlocked.ts';
import { type Container, viewOf } from '../containers/container.ts';
import { awaitRevision } from '../containers/large-revision.ts';
import { isBlocked, isPlannedSinceRead } from '../containers/pending-writes.ts';

export type VendorActionResult<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The vendor's command on one license. */
export interface VendorAction<Result> {
  /** The container that the vendor named. If undefined, the action concerns the container that the license is in. */
  readonly container?: string;
  /** Decides on the license and the container as they were read, and makes the writes. */
  decide(license: StoredLicense, container: Container | undefined): Promise<PreparedAction<Result>>;
  /** Writes of the caller that belong into the same transaction. If nothing else is written, they are committed alone. */
  extraWrites?(result: Result): readonly Write[];
}

export type PreparedAction<Result> =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unchanged'; readonly result: Result }
  | { readonly kind: 'commit'; readonly writes: readonly Write[]; readonly result: Result };

/**
 * Applies a vendor action to one license: load, decide, commit. Decides again if the license or the container changed in
 * between, and waits while a reprogramming holds the container's lock.
 */
export async function applyVendorAction<Result>(
  dependencies: Dependencies,
  id: string,
  action: VendorAction<Result>,
): Promise<VendorActionResult<Result>> {
  return retryOnConflict<VendorActionResult<Result>>(dependencies, `license ${id}`, async () => {
    const license = await findLicense(dependencies, id);
    if (license === undefined) return refused({ code: 'not-found', explanation: `There is no license ${id}.` });
    if (license.standing.at === 'available' && license.standing.reservation?.for === 'revise') {
      const isDone = await awaitRevision(dependencies, license.orderId);
      return isDone ? 'changed' : refused({ code: 'order-in-revision', orderId: license.orderId });
    }
    const serial = action.container ?? containerOf(license.standing);
    const container = serial === undefined ? undefined : await loadUnlocked(dependencies, serial);
    if (serial !== undefined && container === undefined) return refused(stillLocked(serial));
    // Loading an unlocked container may have taken seconds: read the license again.
    const current = container === undefined ? license : await findLicense(dependencies, id);
    if (current === undefined || (action.container ?? containerOf(current.standing)) !== serial) return 'changed';
    if (container !== undefined && isPlannedSinceRead(current, container)) return 'changed';
    const prepared = await action.decide(current, container);
    if (prepared.kind === 'refused') return prepared;
    const { result } = prepared;
    const writes = [...(prepared.kind === 'commit' ? prepared.writes : []), ...(action.extraWrites?.(result) ?? [])];
    const committed = await commit(dependencies, writes);
    return committed === 'committed' || prepared.kind === 'unchanged' ? { kind: 'done', result } : 'changed';
  });
}

function refused(refusal: Refusal): { kind: 'refused'; refusal: Refusal } {
  return { kind: 'refused', refusal };
}

/** When and why the vendor acts. */
export function actionDetails(dependencies: Dependencies, reason: string | undefined): VendorActionDetails {
  return defined({ at: dependencies.now().toISOString(), reason });
}

/** The container as the rules see it, if the action concerns a container. */
export function optionalViewOf(container: Container | undefined): ContainerView | undefined {
  return container === undefined ? undefined : viewOf(container);
}

/** The decision, or a refusal if the decision would leave an action pending for a retired container. */
export function refuseIfBlocked(
  decision: VendorActionDecision,
  container: Container | undefined,
): VendorActionDecision {
  if (decision.kind !== 'pending' || container === undefined || !isBlocked(container)) return decision;
  return refusedAsRetired(container);
}

export function refusedAsRetired(container: Container): { kind: 'refused'; refusal: Refusal } {
  return refused({ code: 'container-retired', container: container.serial });
}
