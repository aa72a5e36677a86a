import type { TicketLicense } from './license.ts';
import type { Renewal } from './terms.ts';

interface PendingDetails {
  /** RFC 3339 UTC. */
  readonly orderedAt: string;
  readonly reason?: string;
  /** The latest time at which a place that holds the license can be used (L3), RFC 3339 UTC. */
  readonly effectiveBy?: string;
  /** When the overdue event was emitted, RFC 3339 UTC. It is emitted once. */
  readonly overdueAt?: string;
}

/** A vendor action that waits for a container's next reprogramming, with everything that the sequence needs to run it. */
export type PendingAction =
  | ({ readonly action: 'withdraw'; readonly license: string } & PendingDetails)
  | ({ readonly action: 'replace'; readonly license: string; readonly replacement: TicketLicense } & PendingDetails)
  | ({ readonly action: 'assign'; readonly license: TicketLicense } & PendingDetails)
  | ({ readonly action: 'renew'; readonly license: string; readonly terms: Renewal } & PendingDetails);

/** The id of the license that the vendor action is about; for a replacement, the old license. */
export function licenseOfAction(action: PendingAction): string {
  return action.action === 'assign' ? action.license.id : action.license;
}

/** The pending actions without those on `license`, followed by `next` if it is given (W7). */
export function withPendingAction(
  pending: readonly PendingAction[],
  license: string,
  next?: PendingAction,
): readonly PendingAction[] {
  const others = pending.filter((action) => licenseOfAction(action) !== license);
  return next === undefined ? others : [...others, next];
}

/** The actions ordered at `time` (milliseconds since 1970) or before, for which no overdue event was emitted yet. */
export function overdueSince(pending: readonly PendingAction[], time: number): readonly PendingAction[] {
  return pending.filter((action) => action.overdueAt === undefined && Date.parse(action.orderedAt) <= time);
}
