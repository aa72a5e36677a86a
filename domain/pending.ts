import type { TicketLicense } from './license.ts';

interface PendingDetails {
  readonly orderedAt: string;
  readonly reason?: string;
  /** When the vendor was told that it is pending too long; he is told once. */
  readonly overdueAt?: string;
}

/** A vendor action that waits for a container's next reprogramming, with all that the sequence needs to run it. */
export type PendingAction =
  | ({ readonly action: 'withdraw'; readonly license: string } & PendingDetails)
  | ({ readonly action: 'replace'; readonly license: string; readonly replacement: TicketLicense } & PendingDetails)
  | ({ readonly action: 'assign'; readonly license: TicketLicense } & PendingDetails);

/** The id of the license that a vendor action was ordered for. */
export function licenseOfAction(action: PendingAction): string {
  return action.action === 'assign' ? action.license.id : action.license;
}

/** The pending actions with every order on `license` taken out, and `next` put in its place if there is one (W7). */
export function withPendingAction(
  pending: readonly PendingAction[],
  license: string,
  next?: PendingAction,
): readonly PendingAction[] {
  const others = pending.filter((action) => licenseOfAction(action) !== license);
  return next === undefined ? others : [...others, next];
}

/** Those that were ordered at `time` (milliseconds since 1970) or before, and of which the vendor was not told yet. */
export function overdueSince(pending: readonly PendingAction[], time: number): readonly PendingAction[] {
  return pending.filter((action) => action.overdueAt === undefined && Date.parse(action.orderedAt) <= time);
}
