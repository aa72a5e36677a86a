import { assertNever } from './license.ts';
import type { ContextPosition, Divergence } from './position.ts';

/** The members of a context by which the server distinguishes copies of a container (C1). */
export interface ContextMark {
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  /** `jti` of the last lease that the container took, or `''`. */
  readonly lease: string;
}

/** A lease that was given: with the context that it answers and the container's place, it determines the lease's bytes. */
export interface GivenLease {
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
}

/**
 * What the server remembers of a container's contexts (C1): the ids of two leases, and the newest remembered context with
 * its lease. A context is remembered if it got a lease, was a receipt, or was the first to carry the current lease.
 */
export interface Presence {
  /** The lease that the container had when the current one was given. */
  readonly before: string;
  /** The last lease that was given. */
  readonly current: string;
  readonly jti: string;
  readonly iat: number;
  /** The lease that the remembered context got. */
  readonly lease?: GivenLease;
}

/** The memory before the first remembered context. */
export const NO_PRESENCE: Presence = { before: '', current: '', jti: '', iat: -1 };

/**
 * How a context fits the memory (C1, C2).
 *
 * - `repeated`: it is the remembered context.
 * - `late`: it was made before the remembered one, or by a copy that stands behind it.
 * - `current`: it is newer and carries the current lease; `isFirst`: no context carried it before.
 * - `before`: it is newer and carries the lease before: the answer with the current one was lost.
 * - `cloned`: it is newer and carries another lease: a copy of the container got the current one.
 */
export type ContextStanding =
  | { readonly kind: 'repeated' }
  | { readonly kind: 'late' }
  | { readonly kind: 'before' }
  | { readonly kind: 'cloned' }
  | { readonly kind: 'current'; readonly isFirst: boolean };

/** Compares a context with the memory of its container (C1, C2). */
export function classifyPresence(presence: Presence, context: ContextMark): ContextStanding {
  if (context.jti === presence.jti) return { kind: 'repeated' };
  if (context.iat <= presence.iat) return { kind: 'late' };
  if (context.lease === presence.current) return { kind: 'current', isFirst: presence.before !== presence.current };
  return { kind: context.lease === presence.before ? 'before' : 'cloned' };
}

/** What the server does with a verified context: accept it, alone or as a receipt, or refuse it. */
export type Assessment =
  | {
      readonly kind: 'accepted';
      readonly standing: Exclude<ContextStanding, { kind: 'cloned' }>;
      /** The context is the receipt for every outstanding update up to this counter (T2). */
      readonly receiptOf?: number;
    }
  | { readonly kind: 'diverged'; readonly divergence: Divergence; readonly isRecorded: boolean };

/**
 * Decides on a context by its position in the chain of updates and by the memory of the container (T2, T3, C1, C2).
 *
 * A context that is not newer than the remembered one blames nobody: it is an old message, or a replayed one.
 */
export function assessContext(position: ContextPosition, presence: Presence, context: ContextMark): Assessment {
  const standing = classifyPresence(presence, context);
  const isNewer = standing.kind !== 'repeated' && standing.kind !== 'late';
  if (position.kind === 'diverged') {
    return { kind: 'diverged', divergence: isNewer ? position.divergence : 'late', isRecorded: isNewer };
  }
  if (standing.kind === 'cloned') return { kind: 'diverged', divergence: 'cloned', isRecorded: true };
  return position.kind === 'receipt'
    ? { kind: 'accepted', standing, receiptOf: position.counter }
    : { kind: 'accepted', standing };
}

/**
 * The memory after a context is remembered, with the lease that it gets. A context that is not newer than the remembered
 * one, or that carries an unknown lease, leaves the memory as it is.
 *
 * @example
 * remember(NO_PRESENCE, { jti: 'c1', iat: 5, lease: '' }, { jti: 'l1', iat: 5 });
 * // { before: '', current: 'l1', jti: 'c1', iat: 5, lease: { jti: 'l1', iat: 5 } }
 */
export function remember(presence: Presence, context: ContextMark, lease?: GivenLease): Presence {
  const standing = classifyPresence(presence, context);
  if (standing.kind !== 'current' && standing.kind !== 'before') return presence;
  const { jti, iat, lease: before } = context;
  const current = lease?.jti ?? presence.current;
  return lease === undefined ? { before, current, jti, iat } : { before, current, jti, iat, lease };
}

/** The memory after an accepted context gets a lease. `Confirm` has remembered it already if it was a receipt. */
export function giveLease(presence: Presence, context: ContextMark, lease: GivenLease): Presence {
  return context.jti === presence.jti ? { ...presence, current: lease.jti, lease } : remember(presence, context, lease);
}

export interface LeaseFacts {
  /** The container is at its place, no update is under way, and no vendor action is pending. */
  readonly isSettled: boolean;
  /** A lease is due, and the request has no manual actions (L2). */
  readonly isDue: boolean;
  /** The context was the receipt that moved the container to its place, in this same request. */
  readonly isReceipt: boolean;
}

/**
 * What an accepted context gets (L2, C1, C2): `none`; the `same` lease as before; a new one, `give`; or none, but the memory
 * changes, `remember`.
 */
export function decideLease(
  presence: Presence,
  context: ContextMark,
  { isSettled, isDue, isReceipt }: LeaseFacts,
): 'none' | 'same' | 'give' | 'remember' {
  const standing = classifyPresence(presence, context);
  switch (standing.kind) {
    case 'late':
    case 'cloned':
      return 'none';
    case 'before':
      return isSettled ? 'give' : 'none';
    case 'current':
      if (isSettled && isDue) return 'give';
      return standing.isFirst ? 'remember' : 'none';
    case 'repeated': {
      if (!isSettled) return 'none';
      if (presence.lease !== undefined) return 'same';
      // A receipt that carries the lease before lost the answer with the current one, as any other context does.
      return isReceipt && (isDue || context.lease !== presence.current) ? 'give' : 'none';
    }
    default:
      return assertNever(standing);
  }
}
