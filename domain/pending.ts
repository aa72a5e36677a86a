import type { TicketLicense } from './license.ts';

/** A vendor action that waits for a container's next reprogramming, with all that the sequence needs to run it. */
export type PendingAction =
  | { readonly action: 'withdraw'; readonly license: string; readonly orderedAt: string; readonly reason?: string }
  | {
      readonly action: 'replace';
      readonly license: string;
      readonly replacement: TicketLicense;
      readonly orderedAt: string;
      readonly reason?: string;
    }
  | {
      readonly action: 'assign';
      readonly license: TicketLicense;
      readonly orderedAt: string;
      readonly reason?: string;
    };

/** The id of the license that a vendor action was ordered for. */
export function orderedLicense(action: PendingAction): string {
  return action.action === 'assign' ? action.license.id : action.license;
}

/** The pending actions with every order on `license` taken out, and `next` put in its place if there is one (W7). */
export function withOrder(
  pending: readonly PendingAction[],
  license: string,
  next?: PendingAction,
): readonly PendingAction[] {
  const others = pending.filter((action) => orderedLicense(action) !== license);
  return next === undefined ? others : [...others, next];
}
