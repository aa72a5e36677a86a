import type { VendorActor } from '../../../domain/history.ts';
import { decideAssignment } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putLicense } from '../../store/license-item.ts';
import { viewOf } from '../containers/container.ts';
import { firstContactEntry } from '../containers/last-contact.ts';
import { isBlocked, pendingWrites, vendorActionHistory } from '../containers/pending-writes.ts';
import {
  actionDetails,
  applyVendorAction,
  refusedAsRetired,
  type VendorAction,
  type VendorActionResult,
} from './vendor-action.ts';

export interface Assignment {
  readonly status: 'pending';
  readonly container: string;
}

/** Binds an available license to a container, which collects it at its next reprogramming (A1). */
export async function assignLicense(
  dependencies: Dependencies,
  vendor: VendorActor,
  serial: string,
  id: string,
  reason: string | undefined,
): Promise<VendorActionResult<Assignment>> {
  const details = actionDetails(dependencies, reason);
  const { at, ...why } = details;
  const action: VendorAction<Assignment> = {
    container: serial,
    async decide(license, container) {
      if (container === undefined) throw new Error(`Bug: the container ${serial} was not read`);
      if (isBlocked(container)) return refusedAsRetired(container);
      const decision = decideAssignment(license, serial, viewOf(container), details, Date.parse(at));
      if (decision.kind === 'refused') return decision;
      const result: Assignment = { status: 'pending', container: serial };
      if (decision.kind !== 'pending') return { kind: 'unchanged', result };
      const reservation = { for: 'assign', container: serial, orderedAt: at, ...why } as const;
      const writes = [
        putLicense(dependencies, { ...license, standing: { at: 'available', reservation } }),
        ...pendingWrites(dependencies, container, decision.pending),
        ...firstContactEntry(dependencies, container.head),
        ...vendorActionHistory(dependencies, vendor, license, serial, 'assignment.ordered', why),
      ];
      return { kind: 'commit', writes, result };
    },
  };
  return applyVendorAction(dependencies, id, action);
}
