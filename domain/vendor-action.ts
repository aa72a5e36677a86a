import { changedTerms } from './duration.ts';
import {
  containerOf,
  type Earmark,
  type License,
  licensePending,
  type Reservation,
  type TicketLicense,
  ticketLicenseOf,
} from './license.ts';
import { MAX_PENDING_ACTIONS } from './limits.ts';
import { type PendingAction, withPendingAction } from './pending.ts';
import type { Refusal } from './refusal.ts';
import { type ContainerView, NO_MANUAL_ACTIONS, runSequence } from './sequence.ts';
import { changesOfRenewal, isExpired, type Renewal, sameTerms } from './terms.ts';

/** When the vendor ordered the action (RFC 3339 UTC), and why. */
export interface VendorActionDetails {
  readonly at: string;
  readonly reason?: string;
  /** The latest time at which a place that holds the license can be used (L3), RFC 3339 UTC. */
  readonly effectiveBy?: string;
}

/**
 * What the rules decide about a vendor action.
 *
 * - `at-once`: the license is available and becomes final now. `pending` is there when this changes the container's
 *   pending actions.
 * - `pending`: the license is earmarked or reserved, or a cancellation ends that. `pending` are the container's pending
 *   actions from now on, `discard` is the replacement of an earlier vendor action, which is withdrawn unused.
 * - `unchanged`: the same vendor action was accepted before (W7).
 */
export type VendorActionDecision =
  | { readonly kind: 'at-once'; readonly pending?: readonly PendingAction[] }
  | { readonly kind: 'pending'; readonly pending: readonly PendingAction[]; readonly discard?: string }
  | { readonly kind: 'unchanged'; readonly container: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Q7: vendor actions are accepted only if the vendor-only sequence with them succeeds. Returns why the container cannot
 * have these pending actions, `undefined` if it can.
 */
export function vendorSequenceFault(container: ContainerView, pending: readonly PendingAction[]): Refusal | undefined {
  const { broken } = runSequence({ ...container, pending }, NO_MANUAL_ACTIONS, 0);
  if (broken.length > 0) {
    const dependents = broken.map((license) => license.id);
    return {
      code: 'dependency-violation',
      dependents,
      explanation: `These licenses in the container would miss a product that they require: ${dependents.join(', ')}.`,
    };
  }
  if (pending.length > MAX_PENDING_ACTIONS) {
    return {
      code: 'too-many-outstanding',
      explanation: `At most ${MAX_PENDING_ACTIONS} vendor actions may be pending for one container.`,
    };
  }
  return undefined;
}

/**
 * Decides a withdrawal (W1 to W7, A2). `container` is the one that the license's standing names, `undefined` if it names
 * none.
 *
 * @throws Error if the standing names a container and `container` is `undefined`.
 */
export function decideWithdrawal(
  license: License,
  container: ContainerView | undefined,
  details: VendorActionDetails,
): VendorActionDecision {
  const earlier = earlierAction(license);
  if (earlier?.action === 'withdraw') return { kind: 'unchanged', container: earlier.container };
  return decideRemoval(license, container, { action: 'withdraw', license: license.id, ...pendingDetails(details) });
}

/**
 * Decides a replacement by `replacement`, a new license on the same ticket (R1 to R5, W7). `current` is the replacement
 * that an earlier vendor action named, pending or in an outstanding update. `container` is as in {@link decideWithdrawal}.
 *
 * @throws Error if the standing names a container and `container` is `undefined`.
 */
export function decideReplacement(
  license: License,
  replacement: TicketLicense,
  current: TicketLicense | undefined,
  container: ContainerView | undefined,
  details: VendorActionDetails,
): VendorActionDecision {
  const earlier = earlierAction(license);
  if (earlier?.action === 'replace' && current !== undefined && isSameOffer(current, replacement)) {
    return { kind: 'unchanged', container: earlier.container };
  }
  return decideRemoval(license, container, {
    action: 'replace',
    license: license.id,
    replacement,
    ...pendingDetails(details),
  });
}

/**
 * Decides a renewal: other terms for the license in place (N1, W7). Of an earlier renewal that is pending, the terms that
 * this one does not name stay. While a replacement is pending, `replacement` is its new license, and the renewal changes that
 * one. `container` is as in {@link decideWithdrawal}.
 *
 * `at-once` is also the decision about a license that has these terms already.
 *
 * @throws Error if the standing names a container and `container` is `undefined`.
 */
export function decideRenewal(
  license: License,
  renewal: Renewal,
  replacement: TicketLicense | undefined,
  container: ContainerView | undefined,
  details: VendorActionDetails,
): VendorActionDecision {
  const { standing } = license;
  switch (standing.at) {
    case 'withdrawn':
    case 'replaced':
      return refused({ code: 'license-final', license: license.id, state: standing.at });
    case 'available':
      return renewAtOnce(license, standing.reservation, container, renewal);
    case 'collected':
    case 'returned':
      if (standing.at === 'returned' && standing.cause !== 'deactivate') return refused(inFlight(standing.container));
      if (standing.earmark?.action === 'replace') return renewReplacement(license, replacement, container, renewal);
      return renewInContainer(license, standing, container, renewal, details);
  }
}

function renewAtOnce(
  license: License,
  reservation: Reservation | undefined,
  container: ContainerView | undefined,
  renewal: Renewal,
): VendorActionDecision {
  if (reservation?.for === 'activate') return refused(inFlight(reservation.container));
  const changes = changesOfRenewal(license.terms, renewal);
  if (reservation === undefined || changes === undefined) return { kind: 'at-once' };
  return { kind: 'at-once', pending: withRenewed(present(license, container).pending, license.id, changes) };
}

/** The pending actions, with the renewed terms in the one that puts the license into its container. */
function withRenewed(pending: readonly PendingAction[], license: string, changes: Renewal): readonly PendingAction[] {
  const renewed = (one: TicketLicense): TicketLicense => ({ ...one, terms: changedTerms(one.terms, changes) });
  return pending.map((action) => {
    if (action.action === 'assign' && action.license.id === license) {
      return { ...action, license: renewed(action.license) };
    }
    if (action.action === 'replace' && action.replacement.id === license) {
      return { ...action, replacement: renewed(action.replacement) };
    }
    return action;
  });
}

/** The replacement that waits gets the terms now, and the license stays as it is. */
function renewReplacement(
  license: License,
  replacement: TicketLicense | undefined,
  container: ContainerView | undefined,
  renewal: Renewal,
): VendorActionDecision {
  if (replacement === undefined) throw new Error(`Bug: the replacement of license ${license.id} was not read`);
  const { pending } = present(license, container);
  const changes = changesOfRenewal(replacement.terms, renewal);
  return { kind: 'pending', pending: changes === undefined ? pending : withRenewed(pending, replacement.id, changes) };
}

function renewInContainer(
  license: License,
  { container: serial, earmark }: Extract<License['standing'], { at: 'collected' | 'returned' }>,
  container: ContainerView | undefined,
  renewal: Renewal,
  details: VendorActionDetails,
): VendorActionDecision {
  const view = present(license, container);
  const terms = changesOfRenewal(license.terms, { ...earmark?.terms, ...renewal });
  if (terms !== undefined) {
    const isSame = earmark?.terms !== undefined && sameTerms(earmark.terms, terms);
    return isSame
      ? { kind: 'unchanged', container: serial }
      : acceptPending(license, view, { action: 'renew', license: license.id, terms, ...pendingDetails(details) });
  }
  // The license has these terms, or an outstanding update gives them: what was ordered otherwise ends.
  if (earmark !== undefined) {
    const decision = acceptPending(license, view, undefined);
    return decision.kind === 'pending' ? { kind: 'at-once', pending: decision.pending } : decision;
  }
  return view.renewing.has(license.id) ? { kind: 'unchanged', container: serial } : { kind: 'at-once' };
}

export type Removal = Extract<PendingAction, { action: 'withdraw' | 'replace' }>;

/** A withdrawal and a replacement follow the same rules: available licenses at once, others in their container. */
function decideRemoval(license: License, container: ContainerView | undefined, removal: Removal): VendorActionDecision {
  const { standing } = license;
  switch (standing.at) {
    case 'withdrawn':
    case 'replaced':
      return refused({ code: 'license-final', license: license.id, state: standing.at });
    case 'available':
      return acceptAtOnce(license, standing.reservation, container, removal);
    case 'collected':
      return acceptPending(license, container, removal);
    case 'returned':
      // An outstanding update carries out another vendor action.
      if (standing.cause !== 'deactivate') return refused(inFlight(standing.container));
      return acceptPending(license, container, removal);
  }
}

/** Accepts a removal of an available license (W1, R1) if its reservation allows it; an assignment is changed too (A2, R5). */
function acceptAtOnce(
  license: License,
  reservation: Reservation | undefined,
  container: ContainerView | undefined,
  removal: Removal,
): VendorActionDecision {
  switch (reservation?.for) {
    case undefined:
      return { kind: 'at-once' };
    case 'activate':
      return refused(inFlight(reservation.container));
    case 'revise':
      return refused({ code: 'order-in-revision', orderId: license.orderId });
    case 'replace':
      return refused({
        code: 'dependency-violation',
        dependents: [reservation.predecessor],
        explanation: `This license waits to replace ${reservation.predecessor}. Withdraw or replace that one instead.`,
      });
    case 'assign': {
      const view = present(license, container);
      const pending = withoutAssignment(view.pending, removal);
      const fault = vendorSequenceFault(view, pending);
      return fault === undefined ? { kind: 'at-once', pending } : refused(blameOrdered(removal, fault));
    }
  }
}

/** A2: a withdrawal ends the license's assignment. R5: a replacement passes it to the new license. */
export function withoutAssignment(pending: readonly PendingAction[], removal: Removal): readonly PendingAction[] {
  if (removal.action === 'withdraw') return withPendingAction(pending, removal.license);
  return pending.map((action) =>
    action.action === 'assign' && action.license.id === removal.license
      ? { ...action, license: removal.replacement }
      : action,
  );
}

/**
 * Accepts `action` among the container's pending actions, in the place of an earlier one on the same license (W7), if the
 * vendor-only sequence allows it (Q7). Without an `action` the earlier one is cancelled.
 */
function acceptPending(
  license: License,
  container: ContainerView | undefined,
  action: PendingAction | undefined,
): VendorActionDecision {
  const view = present(license, container);
  const pending = withPendingAction(view.pending, license.id, action);
  const fault = vendorSequenceFault(view, pending);
  if (fault !== undefined) return refused(blameOrdered(action, fault));
  const discard = 'earmark' in license.standing ? license.standing.earmark?.replacement : undefined;
  return discard === undefined ? { kind: 'pending', pending } : { kind: 'pending', pending, discard };
}

/** A refused replacement was never made: the fault names the license that it was to replace, not the replacement. */
function blameOrdered(action: PendingAction | undefined, fault: Refusal): Refusal {
  if (fault.code !== 'dependency-violation' || action?.action !== 'replace') return fault;
  const { id } = action.replacement;
  if (!fault.dependents.includes(id)) return fault;
  const dependents = fault.dependents.map((dependent) => (dependent === id ? action.license : dependent));
  return {
    code: 'dependency-violation',
    dependents,
    explanation: `These licenses in the container would miss a product that they, or their replacements, require: ${dependents.join(', ')}.`,
  };
}

/**
 * Decides an assignment of an available license to the container `serial` (A1). A license that an outstanding update
 * already puts there is `unchanged` (W7). `now` is in milliseconds since 1970: an expired license is refused.
 */
export function decideAssignment(
  license: License,
  serial: string,
  container: ContainerView,
  details: VendorActionDetails,
  now: number,
): VendorActionDecision {
  const { standing } = license;
  const conflict = (reason: 'not-available' | 'reserved-elsewhere' | 'expired'): VendorActionDecision =>
    refused({ code: 'manual-conflict', conflicts: [{ action: 'assign', license: license.id, reason }] });
  if (standing.at === 'withdrawn' || standing.at === 'replaced') {
    return refused({ code: 'license-final', license: license.id, state: standing.at });
  }
  if (standing.at === 'collected' && standing.container === serial && container.arriving.has(license.id)) {
    return { kind: 'unchanged', container: serial };
  }
  if (standing.at !== 'available') return conflict('not-available');
  const { reservation } = standing;
  if (reservation?.for === 'replace') return conflict('not-available');
  if (reservation !== undefined) {
    return reservation.for === 'assign' && reservation.container === serial
      ? { kind: 'unchanged', container: serial }
      : conflict('reserved-elsewhere');
  }
  if (isExpired(license.terms, now)) return conflict('expired');
  const assigned = ticketLicenseOf(license);
  return acceptPending(license, container, { action: 'assign', license: assigned, ...pendingDetails(details) });
}

/**
 * Decides the cancellation of a pending vendor action (W6). It is refused once a reprogramming has planned the action, and
 * when the remaining pending actions could not run (Q7). `confirmedCounter` is the container's last confirmed counter;
 * `container` is as in {@link decideWithdrawal}.
 *
 * @throws Error if the standing names a container and `container` is `undefined`.
 */
export function decideCancellation(
  license: License,
  action: PendingAction['action'],
  container: ContainerView | undefined,
  confirmedCounter: number,
): VendorActionDecision {
  const { standing } = license;
  if (standing.at === 'withdrawn' || standing.at === 'replaced') {
    return refused({ code: 'license-final', license: license.id, state: standing.at });
  }
  if (licensePending(standing)?.action === action) return acceptPending(license, container, undefined);
  const carriedOutIn = containerOfPlanned(license, action, container, confirmedCounter);
  return carriedOutIn === undefined
    ? refused({ code: 'not-found', explanation: `No ${NOUNS[action]} is pending for this license.` })
    : refused(inFlight(carriedOutIn));
}

const NOUNS = { withdraw: 'withdrawal', replace: 'replacement', assign: 'assignment', renew: 'renewal' } as const;

/** The container of which an outstanding update carries out the action on the license, if there is one. */
function containerOfPlanned(
  { id, standing }: License,
  action: PendingAction['action'],
  view: ContainerView | undefined,
  confirmedCounter: number,
): string | undefined {
  if (standing.at === 'returned' && standing.cause === action) return standing.container;
  if (action === 'renew') return view?.renewing.has(id) === true ? containerOf(standing) : undefined;
  const isArriving = standing.at === 'collected' && standing.counter > confirmedCounter;
  return isArriving && action === 'assign' ? standing.container : undefined;
}

/** The vendor action that waits for the license's container, or that an outstanding update carries out. */
function earlierAction({ standing }: License): { action: Earmark['action']; container: string } | undefined {
  if (standing.at !== 'collected' && standing.at !== 'returned') return undefined;
  const isPlanned = standing.at === 'returned' && standing.cause !== 'deactivate';
  const action = isPlanned ? standing.cause : standing.earmark?.action;
  return action === undefined ? undefined : { action, container: standing.container };
}

/** W7: a second replacement is the same as the first if product and terms are. */
function isSameOffer(one: TicketLicense, other: TicketLicense): boolean {
  return (
    one.product === other.product &&
    sameTerms(one.terms, other.terms) &&
    sameTerms({ crit: one.crit ?? [] }, { crit: other.crit ?? [] })
  );
}

function present({ id }: License, container: ContainerView | undefined): ContainerView {
  if (container === undefined) throw new Error(`Bug: the container of license ${id} was not read`);
  return container;
}

export function pendingDetails({
  at,
  ...more
}: VendorActionDetails): Omit<VendorActionDetails, 'at'> & { orderedAt: string } {
  return { orderedAt: at, ...more };
}

export function inFlight(container: string): Refusal {
  return {
    code: 'reprogramming-in-flight',
    container,
    explanation: 'A reprogramming of the container has planned this license already. Wait for its receipt.',
  };
}

function refused(refusal: Refusal): VendorActionDecision {
  return { kind: 'refused', refusal };
}
