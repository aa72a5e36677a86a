import type { VendorActor } from '../../../domain/history.ts';
import type { Standing } from '../../../domain/license.ts';
import { decideCancellation } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putLicense } from '../../store/license-item.ts';
import {
  applyVendorAction,
  discardWrites,
  pendingWrites,
  type VendorAction,
  type VendorActionResult,
  vendorActionEvent,
  viewFor,
} from './vendor-action.ts';

export interface Cancellation {
  readonly status: 'cancelled';
}

const EVENTS = {
  withdraw: 'withdrawal.cancelled',
  replace: 'replacement.cancelled',
  assign: 'assignment.cancelled',
} as const;

/** Takes a pending order back, until a reprogramming has planned it (W6). `serial` is the assignment's container. */
export async function cancelVendorAction(
  dependencies: Dependencies,
  vendor: VendorActor,
  id: string,
  action: 'withdraw' | 'replace' | 'assign',
  serial?: string,
): Promise<VendorActionResult<Cancellation>> {
  const order: VendorAction<Cancellation> = {
    async decide(license, container) {
      if (serial !== undefined && container?.serial !== serial) {
        return {
          kind: 'refused',
          refusal: { code: 'not-found', explanation: `The license is not assigned to ${serial}.` },
        };
      }
      const confirmed = container?.head.confirmed.counter ?? 0;
      const decision = decideCancellation(license, action, viewFor(container), confirmed);
      if (decision.kind === 'refused') return decision;
      if (decision.kind !== 'pending' || container === undefined) throw new Error(`Nothing is pending for ${id}`);
      const discarded = await discardWrites(dependencies, decision.discard);
      const writes = [
        putLicense(dependencies, { ...license, standing: withoutPendingAction(license.standing) }),
        ...pendingWrites(dependencies, container, decision.pending),
        ...discarded.writes,
        ...vendorActionEvent(dependencies, vendor, license, container.serial, EVENTS[action], {}, discarded.entries),
      ];
      return { kind: 'commit', writes, result: { status: 'cancelled' } };
    },
  };
  return applyVendorAction(dependencies, id, order);
}

function withoutPendingAction(standing: Standing): Standing {
  if (standing.at === 'available') return { at: 'available' };
  if (standing.at !== 'collected' && standing.at !== 'returned') return standing;
  const { earmark: _, ...rest } = standing;
  return rest;
}
