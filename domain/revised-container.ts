import type { License, TicketLicense } from './license.ts';
import { type PendingAction, withPendingAction } from './pending.ts';
import type { Refusal } from './refusal.ts';
import type { ContainerView } from './sequence.ts';
import {
  inFlight,
  pendingDetails,
  type Removal,
  type VendorActionDetails,
  vendorSequenceFault,
  withoutAssignment,
} from './vendor-action.ts';

/** What a revision of an order does with one license: `undo` ends the pending action of an earlier revision. */
export type LicenseRevision = {
  readonly license: License;
  readonly details: VendorActionDetails;
} & ({ readonly action: 'undo' | 'withdraw' } | { readonly action: 'replace'; readonly replacement: TicketLicense });

/** Why a license of a revision cannot be changed. */
export interface RefusedRevision {
  readonly license: string;
  readonly refusal: Refusal;
}

export type ContainerRevision =
  | { readonly kind: 'accepted'; readonly pending: readonly PendingAction[] }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRevision[] };

/**
 * Decides what a revision of an order does in one container as one set (O1): accepted if the vendor-only sequence with all of it
 * succeeds (Q7). A refusal has a reason for each license that causes it.
 */
export function reviseContainer(container: ContainerView, revisions: readonly LicenseRevision[]): ContainerRevision {
  const planned = revisions.flatMap(({ license }) => {
    const { standing } = license;
    const isPlanned = standing.at === 'available' && standing.reservation?.for === 'activate';
    return isPlanned ? [{ license: license.id, refusal: inFlight(standing.reservation.container) }] : [];
  });
  if (planned.length > 0) return { kind: 'refused', refused: planned };
  const pending = pendingAfter(container.pending, revisions);
  const fault = vendorSequenceFault(container, pending);
  if (fault === undefined) return { kind: 'accepted', pending };
  return { kind: 'refused', refused: blame(container, revisions, fault) };
}

/** The container's pending actions after the revision; the same when it is carried out again. */
export function pendingAfter(
  pending: readonly PendingAction[],
  revisions: readonly LicenseRevision[],
): readonly PendingAction[] {
  let next = pending;
  for (const revision of revisions) {
    const { license, details } = revision;
    const removal = removalOf(revision);
    if (removal === undefined) next = withPendingAction(next, license.id);
    // A2, R5: an assigned license is withdrawn or replaced at once.
    else if (license.standing.at === 'available') next = withoutAssignment(next, removal);
    else next = withPendingAction(next, license.id, { ...removal, ...pendingDetails(details) });
  }
  return next;
}

function removalOf(revision: LicenseRevision): Removal | undefined {
  const { license, details } = revision;
  const more = pendingDetails(details);
  switch (revision.action) {
    case 'undo':
      return undefined;
    case 'withdraw':
      return { action: 'withdraw', license: license.id, ...more };
    case 'replace':
      return { action: 'replace', license: license.id, replacement: revision.replacement, ...more };
  }
}

/** The licenses whose change takes a product away that others require, or whose replacement misses one; all if none does. */
function blame(container: ContainerView, revisions: readonly LicenseRevision[], fault: Refusal): RefusedRevision[] {
  const all = revisions.map(({ license }) => ({ license: license.id, refusal: fault }));
  if (fault.code !== 'dependency-violation') return all;
  const names = new Map(
    revisions.map((one) => [one.action === 'replace' ? one.replacement.id : one.license.id, one.license.id]),
  );
  // A replacement that is refused was never made: its old license stands for it.
  const dependents = [...new Set(fault.dependents.map((id) => names.get(id) ?? id))];
  const missing = new Set(dependents.flatMap((id) => requiredBy(id, container, revisions)));
  const explanation = `These licenses in the container would miss a product that they, or their replacements, require: ${dependents.join(', ')}.`;
  const refusal: Refusal = { code: 'dependency-violation', dependents, explanation };
  const causes = revisions.filter(
    ({ license }) =>
      missing.has(license.product) || (dependents.includes(license.id) && isReplaced(license, revisions)),
  );
  return (causes.length === 0 ? revisions : causes).map(({ license }) => ({ license: license.id, refusal }));
}

function requiredBy(
  id: string,
  { content, pending }: ContainerView,
  revisions: readonly LicenseRevision[],
): readonly string[] {
  const made = revisions.find((one) => one.action === 'replace' && one.license.id === id);
  if (made?.action === 'replace') return made.replacement.requires;
  const waiting = pending.find((one) => one.action === 'assign' && one.license.id === id);
  return content.get(id)?.requires ?? (waiting?.action === 'assign' ? waiting.license.requires : []);
}

function isReplaced({ id }: License, revisions: readonly LicenseRevision[]): boolean {
  return revisions.some((one) => one.action === 'replace' && one.license.id === id);
}
