import { defined } from '../../../domain/defined.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { reasonOf, revisionMarkOf, type Standing } from '../../../domain/license.ts';
import type { PendingAction } from '../../../domain/pending.ts';
import { decideCancellation } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { discardWrites } from '../../store/discard-replacement.ts';
import { putLicense } from '../../store/license-item.ts';
import { pendingWrites, vendorActionHistory } from '../containers/pending-writes.ts';
import { settleOrder } from '../containers/settle-order.ts';
import { applyVendorAction, optionalViewOf, type VendorAction, type VendorActionResult } from './vendor-action.ts';

export interface Cancellation {
  readonly status: 'cancelled';
}

export const CANCELLED_EVENTS = {
  withdraw: 'withdrawal.cancelled',
  replace: 'replacement.cancelled',
  assign: 'assignment.cancelled',
  renew: 'renewal.cancelled',
} as const;

/**
 * Cancels a pending vendor action, which is possible until a reprogramming has planned it (W6).
 * @param serial the container of an assignment.
 */
export async function cancelVendorAction(
  dependencies: Dependencies,
  vendor: VendorActor,
  id: string,
  kind: PendingAction['action'],
  serial?: string,
): Promise<VendorActionResult<Cancellation>> {
  const action: VendorAction<Cancellation> = {
    async decide(license, container) {
      if (serial !== undefined && container?.serial !== serial) {
        const explanation = `The license is not assigned to ${serial}.`;
        return { kind: 'refused', refusal: { code: 'not-found', explanation } };
      }
      const confirmed = container?.head.confirmed.counter ?? 0;
      const decision = decideCancellation(license, kind, optionalViewOf(container), confirmed);
      if (decision.kind === 'refused') return decision;
      if (decision.kind !== 'pending' || container === undefined) {
        throw new Error(`Bug: no action is pending for license ${id}, but its cancellation was accepted`);
      }
      const discarded = await discardWrites(dependencies, decision.discard);
      const why = defined({ reason: reasonOf(license.standing) });
      // A revision of the order waits for the license no longer (O1).
      const settled =
        revisionMarkOf(license.standing) === undefined
          ? undefined
          : await settleOrder(dependencies, license.orderId, [license]);
      const others = [...discarded.entries, ...(settled?.entries ?? [])];
      const writes = [
        ...(settled?.writes ?? []),
        putLicense(dependencies, { ...license, standing: withoutPendingAction(license.standing) }),
        ...pendingWrites(dependencies, container, decision.pending),
        ...discarded.writes,
        ...vendorActionHistory(dependencies, vendor, license, container.serial, CANCELLED_EVENTS[kind], why, others),
      ];
      return { kind: 'commit', writes, result: { status: 'cancelled' } };
    },
  };
  return applyVendorAction(dependencies, id, action);
}

/** The standing without the vendor action that waits. */
export function withoutPendingAction(standing: Standing): Standing {
  if (standing.at === 'available') return { at: 'available' };
  if (standing.at !== 'collected' && standing.at !== 'returned') return standing;
  const { earmark: _, ...rest } = standing;
  return rest;
}
