import type { VendorActor } from '../../../domain/history.ts';
import { decideAssignment } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putLicense } from '../../store/license-item.ts';
import { viewOf } from '../containers/container.ts';
import { firstContactEntry } from '../containers/last-contact.ts';
import {
  applyVendorAction,
  isBlocked,
  pendingWrites,
  retired,
  type VendorAction,
  type VendorActionResult,
  vendorActionEvent,
} from './vendor-action.ts';

export interface Assignment {
  readonly status: 'pending';
  readonly container: string;
}

/** Binds an available license to a container; it is collected at the container's next reprogramming (A1). */
export async function assignLicense(
  dependencies: Dependencies,
  vendor: VendorActor,
  serial: string,
  id: string,
  reason: string | undefined,
): Promise<VendorActionResult<Assignment>> {
  const now = dependencies.now();
  const why = reason === undefined ? {} : { reason };
  const details = { at: now.toISOString(), ...why };
  const order: VendorAction<Assignment> = {
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
        putLicense(dependencies, { ...license, standing: { at: 'available', reservation } }),
        ...pendingWrites(dependencies, container, decision.pending),
        ...firstContactEntry(dependencies, container.head),
        ...vendorActionEvent(dependencies, vendor, license, serial, 'assignment.ordered', why),
      ];
      return { kind: 'commit', writes, result };
    },
  };
  return applyVendorAction(dependencies, id, order);
}
