import { decideAssignment } from '../../domain/vendor-order.ts';
import { unseenEntry } from '../containers/contact.ts';
import { viewOf } from '../containers/container.ts';
import type { Runtime } from '../ports.ts';
import { putLicense } from '../table/license-item.ts';
import {
  isBlocked,
  type LicenseOrder,
  type Ordered,
  orderEvidence,
  orderOnLicense,
  pendingWrites,
  retired,
} from './order-on-license.ts';

export interface Assignment {
  readonly status: 'pending';
  readonly container: string;
}

/** Binds an available license to a container; it is collected at the container's next reprogramming (A1). */
export async function assignLicense(
  runtime: Runtime,
  serial: string,
  id: string,
  reason: string | undefined,
): Promise<Ordered<Assignment>> {
  const now = runtime.now();
  const why = reason === undefined ? {} : { reason };
  const details = { at: now.toISOString(), ...why };
  const order: LicenseOrder<Assignment> = {
    container: serial,
    async decide(license, container) {
      if (container === undefined) throw new Error(`The container ${serial} was not read`);
      if (isBlocked(container)) return retired(container);
      const decision = decideAssignment(license, serial, viewOf(container), details, now.getTime());
      if (decision.kind === 'refused') return decision;
      const result: Assignment = { status: 'pending', container: serial };
      if (decision.kind !== 'pending') return { kind: 'unchanged', result };
      const reservation = { for: 'assign', container: serial, orderedAt: details.at, ...why } as const;
      const writes = [
        putLicense(runtime, { ...license, standing: { at: 'available', reservation } }),
        ...pendingWrites(runtime, container, decision.pending),
        ...unseenEntry(runtime, container.head),
        ...orderEvidence(runtime, license, serial, 'assignment.ordered', why),
      ];
      return { kind: 'commit', writes, result };
    },
  };
  return orderOnLicense(runtime, id, order);
}
