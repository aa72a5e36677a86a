import type { Earmark, License, TicketLicense } from './license.ts';
import { MAX_PENDING_ACTIONS } from './limits.ts';
import { type PendingAction, withPendingAction } from './pending.ts';
import type { Refusal } from './refusal.ts';
import { type ContainerView, NO_MANUAL_ACTIONS, runSequence } from './sequence.ts';
import { isExpired, sameTerms } from './terms.ts';

/** What is known of the order itself. `at` is RFC 3339 UTC. */
export interface VendorActionDetails {
  readonly at: string;
  readonly reason?: string;
}

/**
 * What a vendor's order on one license comes to.
 *
 * `at-once`: the license is available and becomes final now. `pending`: it is earmarked, and the container's pending
 * actions become `pending`. `unchanged`: the very same order stands already (W7). `discard` is the replacement of an
 * earlier order that will never be on offer.
 */
export type VendorActionDecision =
  | { readonly kind: 'at-once'; readonly pending?: readonly PendingAction[] }
  | { readonly kind: 'pending'; readonly pending: readonly PendingAction[]; readonly discard?: string }
  | { readonly kind: 'unchanged'; readonly container: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Q7: an order is accepted only if the vendor-only sequence over the target content, with the order in it, succeeds.
 * `undefined` when it does.
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

/** Withdraws a license (W1 to W7, A2). `container` is the one that its standing names, if it names one. */
export function decideWithdrawal(
  license: License,
  container: ContainerView | undefined,
  order: VendorActionDetails,
): VendorActionDecision {
  return decideVendorAction(license, container, {
    passesAssignment: (pending) => withPendingAction(pending, license.id),
    isSame: (ordered) => ordered === 'withdraw',
    action: { action: 'withdraw', license: license.id, ...details(order) },
  });
}

/**
 * Replaces a license by `replacement`, a new license on the same ticket (R1 to R5, W7). `current` is the replacement of the
 * order that stands already, or that an outstanding update carries out.
 */
export function decideReplacement(
  license: License,
  replacement: TicketLicense,
  current: TicketLicense | undefined,
  container: ContainerView | undefined,
  order: VendorActionDetails,
): VendorActionDecision {
  return decideVendorAction(license, container, {
    // R5: the assignment of the old license passes to the new one.
    passesAssignment: (pending) =>
      pending.map((action) =>
        action.action === 'assign' && action.license.id === license.id ? { ...action, license: replacement } : action,
      ),
    isSame: (ordered) =>
      ordered === 'replace' &&
      current !== undefined &&
      current.product === replacement.product &&
      sameTerms(current.terms, replacement.terms),
    action: { action: 'replace', license: license.id, replacement, ...details(order) },
  });
}

interface VendorActionKind {
  readonly passesAssignment: (pending: readonly PendingAction[]) => readonly PendingAction[];
  /** Whether the order that stands, or that an outstanding update carries out, is this very one. */
  readonly isSame: (ordered: 'withdraw' | 'replace') => boolean;
  readonly action: PendingAction;
}

/** One course for withdrawal and replacement: "the same rules and the same processes". */
function decideVendorAction(
  license: License,
  container: ContainerView | undefined,
  kind: VendorActionKind,
): VendorActionDecision {
  const { standing } = license;
  switch (standing.at) {
    case 'withdrawn':
    case 'replaced':
      return refused({ code: 'license-final', license: license.id, state: standing.at });
    case 'available': {
      const { reservation } = standing;
      if (reservation === undefined) return { kind: 'at-once' };
      if (reservation.for === 'activate') return refused(inFlight(reservation.container));
      if (reservation.for === 'replace') {
        return refused({
          code: 'dependency-violation',
          dependents: [reservation.predecessor],
          explanation: `This license waits to replace ${reservation.predecessor}; give the order for that one.`,
        });
      }
      if (container === undefined) throw new Error(`The container of license ${license.id} is missing`);
      const pending = kind.passesAssignment(container.pending);
      const fault = vendorSequenceFault(container, pending);
      return fault === undefined ? { kind: 'at-once', pending } : refused(blamedOn(license.id, kind.action, fault));
    }
    case 'collected':
    case 'returned': {
      if (standing.at === 'returned' && standing.cause !== 'deactivate') {
        // An outstanding update carries out an earlier order; the very same one is simply still under way.
        return kind.isSame(standing.cause)
          ? { kind: 'unchanged', container: standing.container }
          : refused(inFlight(standing.container));
      }
      const { earmark } = standing;
      if (earmark !== undefined && kind.isSame(earmark.action)) {
        return { kind: 'unchanged', container: standing.container };
      }
      if (container === undefined) throw new Error(`The container of license ${license.id} is missing`);
      const pending = withPendingAction(container.pending, license.id, kind.action);
      const fault = vendorSequenceFault(container, pending);
      if (fault !== undefined) return refused(blamedOn(license.id, kind.action, fault));
      return { kind: 'pending', pending, ...discarded(earmark) };
    }
  }
}

/** A replacement that is itself unmet was never made: the order's own license is named in its place. */
function blamedOn(license: string, action: PendingAction, fault: Refusal): Refusal {
  if (fault.code !== 'dependency-violation' || action.action !== 'replace') return fault;
  const { id } = action.replacement;
  if (!fault.dependents.includes(id)) return fault;
  const dependents = fault.dependents.map((dependent) => (dependent === id ? license : dependent));
  return {
    code: 'dependency-violation',
    dependents,
    explanation: `These licenses in the container would miss a product that they, or their replacements, require: ${dependents.join(', ')}.`,
  };
}

/** Binds an available license to a container (A1); one that an outstanding update brings there is under way (W7). */
export function decideAssignment(
  license: License,
  serial: string,
  container: ContainerView,
  order: VendorActionDetails,
  now: number,
): VendorActionDecision {
  const { standing } = license;
  const conflict = (reason: 'not-available' | 'reserved-elsewhere' | 'expired'): VendorActionDecision =>
    refused({ code: 'manual-conflict', conflicts: [{ action: 'assign', license: license.id, reason }] });
  if (standing.at === 'withdrawn' || standing.at === 'replaced') {
    return refused({ code: 'license-final', license: license.id, state: standing.at });
  }
  if (standing.at === 'collected' && standing.container === serial && container.arriving.has(license.id))
    return { kind: 'unchanged', container: serial };
  if (standing.at !== 'available') return conflict('not-available');
  const { reservation } = standing;
  if (reservation?.for === 'replace') return conflict('not-available');
  if (reservation !== undefined) {
    if (reservation.for === 'assign' && reservation.container === serial)
      return { kind: 'unchanged', container: serial };
    return conflict('reserved-elsewhere');
  }
  if (isExpired(license.terms, now)) return conflict('expired');
  const { id, product, terms, requires, ticket, orderId } = license;
  const assigned: TicketLicense = { id, product, terms, requires, ticket, orderId };
  const pending = withPendingAction(container.pending, id, { action: 'assign', license: assigned, ...details(order) });
  const fault = vendorSequenceFault(container, pending);
  return fault === undefined ? { kind: 'pending', pending } : refused(fault);
}

/** Takes a pending order back (W6): refused once it is planned, or when the orders that remain could not run (Q7). */
export function decideCancellation(
  license: License,
  action: 'withdraw' | 'replace' | 'assign',
  container: ContainerView | undefined,
  confirmedCounter: number,
): VendorActionDecision {
  const { standing } = license;
  if (standing.at === 'withdrawn' || standing.at === 'replaced') {
    return refused({ code: 'license-final', license: license.id, state: standing.at });
  }
  if (!isPending(license, action)) {
    return isUnderWay(license, action, confirmedCounter)
      ? refused(inFlight(containerNamed(license)))
      : refused({ code: 'not-found', explanation: `No ${NOUNS[action]} is pending for this license.` });
  }
  if (container === undefined) throw new Error(`The container of license ${license.id} is missing`);
  const pending = withPendingAction(container.pending, license.id);
  const fault = vendorSequenceFault(container, pending);
  if (fault !== undefined) return refused(fault);
  const earmark = standing.at === 'available' ? undefined : standing.earmark;
  return { kind: 'pending', pending, ...discarded(earmark) };
}

const NOUNS = { withdraw: 'withdrawal', replace: 'replacement', assign: 'assignment' } as const;

function isPending({ standing }: License, action: 'withdraw' | 'replace' | 'assign'): boolean {
  if (standing.at === 'available') return action === 'assign' && standing.reservation?.for === 'assign';
  return (standing.at === 'collected' || standing.at === 'returned') && standing.earmark?.action === action;
}

/** Whether an outstanding update carries the order out already. */
function isUnderWay(license: License, action: 'withdraw' | 'replace' | 'assign', confirmedCounter: number): boolean {
  const { standing } = license;
  if (standing.at === 'returned') return standing.cause === action;
  return action === 'assign' && standing.at === 'collected' && standing.counter > confirmedCounter;
}

function containerNamed({ id, standing }: License): string {
  if (standing.at === 'collected' || standing.at === 'returned') return standing.container;
  throw new Error(`License ${id} is in no container`);
}

function details(order: VendorActionDetails): { orderedAt: string; reason?: string } {
  return order.reason === undefined ? { orderedAt: order.at } : { orderedAt: order.at, reason: order.reason };
}

function discarded(earmark: Earmark | undefined): { discard?: string } {
  return earmark?.replacement === undefined ? {} : { discard: earmark.replacement };
}

function inFlight(container: string): Refusal {
  return {
    code: 'reprogramming-in-flight',
    container,
    explanation: 'A reprogramming of the container has planned this already; its receipt will settle it.',
  };
}

function refused(refusal: Refusal): VendorActionDecision {
  return { kind: 'refused', refusal };
}
