import type { Standing } from '../../domain/license.ts';
import { decideCancellation } from '../../domain/vendor-order.ts';
import type { Runtime } from '../ports.ts';
import { putLicense } from '../table/license-item.ts';
import {
  discardWrites,
  type LicenseOrder,
  type Ordered,
  orderEvidence,
  orderOnLicense,
  pendingWrites,
  viewFor,
} from './order-on-license.ts';

export interface Cancellation {
  readonly status: 'cancelled';
}

const EVENTS = {
  withdraw: 'withdrawal.cancelled',
  replace: 'replacement.cancelled',
  assign: 'assignment.cancelled',
} as const;

/** Takes a pending order back, until a reprogramming has planned it (W6). `serial` is the assignment's container. */
export async function cancelOrder(
  runtime: Runtime,
  id: string,
  action: 'withdraw' | 'replace' | 'assign',
  serial?: string,
): Promise<Ordered<Cancellation>> {
  const order: LicenseOrder<Cancellation> = {
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
      const discarded = await discardWrites(runtime, decision.discard);
      const writes = [
        putLicense(runtime, { ...license, standing: withoutOrder(license.standing) }),
        ...pendingWrites(runtime, container, decision.pending),
        ...discarded.writes,
        ...orderEvidence(runtime, license, container.serial, EVENTS[action], {}, discarded.entries),
      ];
      return { kind: 'commit', writes, result: { status: 'cancelled' } };
    },
  };
  return orderOnLicense(runtime, id, order);
}

function withoutOrder(standing: Standing): Standing {
  if (standing.at === 'available') return { at: 'available' };
  if (standing.at !== 'collected' && standing.at !== 'returned') return standing;
  const { earmark: _, ...rest } = standing;
  return rest;
}
